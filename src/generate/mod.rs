//! Random instances that are reproducible from a seed.

mod teacher;

pub use teacher::{Planted, Teacher, TeacherError};
