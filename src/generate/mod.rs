//! Random instances that are reproducible from a seed.

mod convex;
mod teacher;

pub use convex::PlantedConvex;
pub use teacher::{Planted, Teacher, TeacherError};
