//! Small convex programs inside the search: floats propose, integers confirm.
//!
//! [`cone`] decides whether an open polyhedral cone has a point, [`lp`] solves small linear programs with piecewise linear penalties, [`qp`] least
//! squares over polyhedral cones. Each answer comes with what proves it (a point, multipliers, a ray), and the proof has been checked exactly
//! before the answer is returned.

pub mod cone;
pub mod lp;
pub mod qp;
