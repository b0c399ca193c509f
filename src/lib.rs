//! relus finds the globally best two-layer ReLU or linear-threshold network of a given width for a data set and proves that it is.
//!
//! Given points `x_1, …, x_n ∈ Q^d`, targets `y_1, …, y_n ∈ Q` and a width `k`, the model is
//!
//! ```text
//! φ(x) = c + Σ_{j=1..k} a_j · σ(w_j·x + b_j),      σ(z) = max(0, z)   (ReLU, a_j = ±1)
//!                                              or  σ(z) = [z > 0]     (threshold, a_j real)
//! ```
//!
//! with `c = 0` unless an output bias is asked for, and the loss is the sum of squares, the sum or the maximum of absolute residuals,
//! or the number of misclassified points. The minimum is attained for both activations and, for rational data, rational: relus returns
//! it as a fraction, together with the network that attains it.
//!
//! The modules form a stack; each imports only from those before it:
//!
//! | module | holds |
//! | --- | --- |
//! | [`exact`] | rationals, integer linear algebra, filtered sign tests |
//! | [`instance`] | data, losses, model classes; reading and writing them |
//! | [`network`] | networks and their exact evaluation |
//! | [`arrangement`] | the activation patterns (cells) of a set of points |
//! | [`optimize`] | small linear and quadratic programs with exactly confirmed answers |
//! | [`train`] | the training methods behind one [`train::Trainer`] interface |
//! | [`generate`] | random instances, reproducible from a seed |
//! | [`init`] | random networks: the law of their signals, samplers, weights |
//! | [`kernel`] | the kernel learner: networks as functions on landmarks, in floating point |
//! | [`problems`] | the combinatorial problems that exact training is as hard as |
//! | [`reductions`] | those problems as training instances, and their solutions as networks |
//! | [`plot`] | pictures of planar instances |
//! | [`verify`] | those reductions checked in both directions |
//! | [`experiment`] | studies that can be run again: tables, figures, a report |

pub mod arrangement;
pub mod exact;
pub mod experiment;
pub mod generate;
pub mod init;
pub mod instance;
pub mod kernel;
pub mod network;
pub mod optimize;
pub mod plot;
pub mod problems;
pub mod reductions;
pub mod train;
pub mod verify;
