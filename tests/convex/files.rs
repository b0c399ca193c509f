//! Checkpoints of the classes.
