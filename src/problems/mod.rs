//! The combinatorial problems that the hardness reductions start from.

mod clique;
mod poits;

pub use clique::{Clique, CliqueError};
pub use poits::{Poits, PoitsError};
