//! The 0-1 loss: how many points are wrong.
//!
//! A node has marks besides its cones: points that are wrong, or right. Its [relaxation](relax) asks for weights with which all labels are as they should be. Conditions
//! that contradict each other (Farkas) show that one of the points they speak of is wrong; vectors with disjoint supports show different ones ([`Packing`](vector::Packing)). What holds for a node
//! holds for its children, so these vectors are passed on. A node is split at a bit where the relaxation cheats, else by marking a point of a contradiction
//! (the search for a maximum feasible subsystem: Parker & Ryan 1996, Chinneck 2001).
//!
//! Floats find contradictions, integers confirm them.

mod judge;
mod network;
mod relax;
#[cfg(test)]
mod tests;
mod vector;

pub(in crate::train) use judge::Judge;
pub(in crate::train) use vector::Known;
