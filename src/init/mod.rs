//! Signals of a network at its initialisation: their exact law at finite width, samplers, Jacobians, weights and a training study.
//!
//! `h^(l) = W^(l) x^(l−1) + b^(l)`, `x^(l) = max(0, h^(l))` with random `W`, `b`. R. Burkholz and A. Dubatovka (*Initialization of ReLUs for Dynamical Isometry*, NeurIPS 2019) derive the law of `‖x^(l)‖²` for one input and the joint
//! law for several without the assumption of wide layers, and a way to share weights at the start that makes the network an isometry. Formulas and their derivations stand in the modules; `docs/INITIALIZATION.md` collects
//! them.
//!
//! Everything here is computed in floats (the rest of relus never decides by one): each module states how accurate it is. Sizes up to width 10⁶ and depth 10⁶ are accepted; the log domain keeps numbers in range.

#[cfg(feature = "dense")]
mod jacobian;
mod law;
#[cfg(feature = "dense")]
mod mlp;
mod moments;
mod parallel;
mod sample;
mod scheme;
mod special;
#[cfg(feature = "dense")]
mod study;
#[cfg(test)]
mod tests;
mod transform;
mod two_inputs;
#[cfg(feature = "dense")]
mod weights;
mod widths;

#[cfg(feature = "dense")]
pub use jacobian::{Jacobian, jacobians, squared_singular_moments};
pub use law::{Draw, Layer, Units};
pub use moments::{LayerMoments, moments};
pub use parallel::Workers;
pub use sample::{GramError, GramSample, gram_samples, norm_samples};
pub use scheme::{Ensemble, Scheme, SchemeError};
#[cfg(feature = "dense")]
pub use study::{Curve, Labelled, Study, StudyError, run_study};
pub use transform::{ErrorBound, LogLaw, TransformError};
pub use two_inputs::{
    Pair, PairMoments, angle_of, j1, j2, linear_pair_moments, mean_field_angle, mean_field_distance, pair_laplace, relu_pair_moments,
};
#[cfg(feature = "dense")]
pub use weights::{DenseLayer, Precision, draw_network, forward, parameters, to_npz, to_safetensors};
pub use widths::{MAX_LAYERS, MAX_WIDTH, Widths, WidthsError};
