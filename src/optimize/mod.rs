//! placeholder

pub mod qp;
