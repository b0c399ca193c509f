//! Ways to draw the weights of a network, and the sequence of layer laws that each gives.
//!
//! For a layer of width `N` with `n` inputs:
//!
//! | scheme | weights |
//! | --- | --- |
//! | [`He`](Scheme::He) | normal, variance `2/n`: keeps the mean square of a unit |
//! | [`HeOut`](Scheme::HeOut) | normal, variance `2/N`: keeps the mean of `‖x‖²` |
//! | [`Orthogonal`](Scheme::Orthogonal) | `√2·O` with `O` Haar-distributed, orthonormal rows or columns |
//! | [`Gsm`](Scheme::Gsm), [`GsmOrthogonal`](Scheme::GsmOrthogonal) | the submatrix `W0` shared: `[W0; −W0]` first, `[[W0, −W0], [−W0, W0]]` hidden, `[W0, −W0]` last |
//! | [`Variances`](Scheme::Variances) | normal, any variance for each layer |
//!
//! With sharing and no biases `x = (max(0,u), max(0,−u))` where `u^(l) = W0^(l) u^(l−1)`, so `max(0,u) − max(0,−u) = u` goes on and the network is linear in its input (R. Burkholz and A. Dubatovka, *Initialization of
//! ReLUs for Dynamical Isometry*, NeurIPS 2019). Its hidden layers have even width `N = 2m`, and their law is that of linear layers of width `m`, since `‖x‖ = ‖u‖`. `W0` has `r` rows and `c` columns (`c = n` in the first
//! layer and `n/2` later; `r = N` in the last and `N/2` before), and is Haar-distributed with gain 1, or normal with variance `1/max(r, c)`, which is `2/N` for equal hidden layers. So both have the same
//! mean of `‖W0 u‖²`: `‖u‖²` if the dimension does not fall, and `r/c·‖u‖²` if it does.

use super::law::{Draw, Layer, Units, float};
use super::widths::Widths;
use thiserror::Error;

/// How the weights are drawn.
#[derive(Debug, Clone, PartialEq)]
pub enum Scheme {
    /// Normal with variance `2/n`, `n` the number of inputs.
    He,
    /// Normal with variance `2/N`, `N` the width.
    HeOut,
    /// `√2` times a random matrix with orthonormal rows or columns.
    Orthogonal,
    /// Shared submatrix with normal entries.
    Gsm,
    /// Shared submatrix with orthonormal rows or columns.
    GsmOrthogonal,
    /// Normal with these variances, one for each layer.
    Variances(Vec<f64>),
}

impl Scheme {
    /// Whether weights are shared so that the network is linear.
    #[must_use]
    pub fn shares(&self) -> bool {
        matches!(self, Scheme::Gsm | Scheme::GsmOrthogonal)
    }

    /// The name that it has in commands and files.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Scheme::He => "he",
            Scheme::HeOut => "he-out",
            Scheme::Orthogonal => "orthogonal",
            Scheme::Gsm => "gsm",
            Scheme::GsmOrthogonal => "gsm-orthogonal",
            Scheme::Variances(_) => "variances",
        }
    }
}

/// Why there is no such ensemble.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SchemeError {
    /// Sharing needs pairs of units.
    #[error(
        "layer {layer} has the odd width {width}, but {scheme} pairs each unit with its negative: take {} or {} units, or another scheme",
        .width.saturating_sub(1).max(2), .width + 1
    )]
    OddWidth {
        /// The layer, from 1.
        layer: usize,
        /// Its width.
        width: usize,
        /// The scheme's name.
        scheme: &'static str,
    },
    /// A list for the layers that is neither one number nor one for each.
    #[error("{found} {what}, but the network has {layers} layers: give one number, or one for each layer")]
    Depth {
        /// What the numbers are.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many layers there are.
        layers: usize,
    },
    /// A variance that is none.
    #[error("the {what} of layer {layer} is {value}: it must be a {} number", if *.positive { "positive" } else { "finite, non-negative" })]
    Variance {
        /// Whose variance.
        what: &'static str,
        /// The layer, from 1.
        layer: usize,
        /// What was given.
        value: f64,
        /// Whether 0 is excluded.
        positive: bool,
    },
    /// Biases where the law has none.
    #[error("{0} has no biases: its law holds for bias variance 0 only (biases go with he, he-out and given variances)")]
    Biases(&'static str),
}

/// A random network: its widths, its scheme and the law of each layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Ensemble {
    widths: Widths,
    scheme: Scheme,
    output: Units,
    layers: Vec<Layer>,
}

/// `values` repeated for all layers if it is one number.
fn spread(values: &[f64], layers: usize, what: &'static str) -> Result<Vec<f64>, SchemeError> {
    match values {
        [one] => Ok(vec![*one; layers]),
        many if many.len() == layers => Ok(many.to_vec()),
        many => Err(SchemeError::Depth { what, found: many.len(), layers }),
    }
}

impl Ensemble {
    /// The ensemble of networks with these widths. `bias_variances` has one number or one for each layer; `output` says what the last layer's units do.
    ///
    /// # Errors
    /// [`SchemeError`] for odd widths where units are paired, variances that are none, and lists of the wrong length.
    ///
    /// # Examples
    /// ```
    /// use relus::init::{Ensemble, Scheme, Units};
    /// let ensemble = Ensemble::new("10,100x3".parse().unwrap(), Scheme::HeOut, &[0.0], Units::Relu).unwrap();
    /// assert_eq!(ensemble.layers()[2].scale(), 0.02);
    /// assert!(Ensemble::new("10,101x3".parse().unwrap(), Scheme::Gsm, &[0.0], Units::Relu).is_err());
    /// ```
    pub fn new(widths: Widths, scheme: Scheme, bias_variances: &[f64], output: Units) -> Result<Self, SchemeError> {
        let depth = widths.depth();
        let biases = spread(bias_variances, depth, "bias variances")?;
        check(&biases, "bias variance", false)?;
        if !matches!(scheme, Scheme::He | Scheme::HeOut | Scheme::Variances(_)) && biases.iter().any(|&variance| variance > 0.0) {
            return Err(SchemeError::Biases(scheme.name()));
        }
        let scheme = match scheme {
            Scheme::Variances(variances) => {
                let variances = spread(&variances, depth, "weight variances")?;
                check(&variances, "weight variance", true)?;
                Scheme::Variances(variances)
            }
            scheme => scheme,
        };
        let mut layers = Vec::with_capacity(depth);
        for l in 1..=depth {
            let last = l == depth && output == Units::Linear;
            let (inputs, width) = (widths.all()[l - 1], widths.all()[l]);
            if scheme.shares() && !last && width % 2 == 1 {
                return Err(SchemeError::OddWidth { layer: l, width, scheme: scheme.name() });
            }
            let plain = |draw| Layer { inputs, width, units: if last { Units::Linear } else { Units::Relu }, draw, bias_variance: biases[l - 1] };
            let columns = if l == 1 { inputs } else { inputs / 2 };
            let rows = if last { width } else { width / 2 };
            let shared = |draw| Layer { inputs: columns, width: rows, units: Units::Linear, draw, bias_variance: 0.0 };
            layers.push(match &scheme {
                Scheme::He => plain(Draw::Gaussian { variance: 2.0 / float(inputs) }),
                Scheme::HeOut => plain(Draw::Gaussian { variance: 2.0 / float(width) }),
                Scheme::Variances(variances) => plain(Draw::Gaussian { variance: variances[l - 1] }),
                Scheme::Orthogonal => plain(Draw::Haar { gain_squared: 2.0 }),
                Scheme::Gsm => shared(Draw::Gaussian { variance: 1.0 / float(rows.max(columns)) }),
                Scheme::GsmOrthogonal => shared(Draw::Haar { gain_squared: 1.0 }),
            });
        }
        Ok(Ensemble { widths, scheme, output, layers })
    }

    /// The widths.
    #[must_use]
    pub fn widths(&self) -> &Widths {
        &self.widths
    }

    /// The scheme.
    #[must_use]
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// What the units of the last layer do.
    #[must_use]
    pub fn output(&self) -> Units {
        self.output
    }

    /// The laws of the layers.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Whether some layer has biases.
    #[must_use]
    pub fn has_biases(&self) -> bool {
        self.layers.iter().any(|layer| layer.bias_variance > 0.0)
    }

    /// The different laws of layers with the number of layers of each, in the order of their first appearance.
    #[must_use]
    pub fn distinct(&self) -> Vec<(Layer, usize)> {
        let mut found: Vec<(Layer, usize)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for layer in &self.layers {
            let place = *places.entry(layer.key()).or_insert(found.len());
            match found.get_mut(place) {
                Some((_, count)) => *count += 1,
                None => found.push((*layer, 1)),
            }
        }
        found
    }
}

fn check(variances: &[f64], what: &'static str, positive: bool) -> Result<(), SchemeError> {
    match variances.iter().position(|&value| !value.is_finite() || value < 0.0 || (positive && value == 0.0)) {
        Some(i) => Err(SchemeError::Variance { what, layer: i + 1, value: variances[i], positive }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ensemble(widths: &str, scheme: Scheme, output: Units) -> Result<Ensemble, SchemeError> {
        Ensemble::new(widths.parse().unwrap(), scheme, &[0.0], output)
    }

    /// Origin: by hand.
    #[test]
    fn shared_submatrices() {
        let gsm = ensemble("9,6,4,3", Scheme::Gsm, Units::Linear).unwrap();
        let sizes: Vec<_> = gsm.layers().iter().map(|layer| (layer.width, layer.inputs, layer.scale())).collect();
        assert_eq!(sizes, [(3, 9, 1.0 / 9.0), (2, 3, 1.0 / 3.0), (3, 2, 1.0 / 3.0)]);
        assert!(ensemble("9,6,4,3", Scheme::GsmOrthogonal, Units::Relu).is_err());
        let error = ensemble("9,6,5,3", Scheme::GsmOrthogonal, Units::Linear).unwrap_err().to_string();
        assert_eq!(error, "layer 2 has the odd width 5, but gsm-orthogonal pairs each unit with its negative: take 4 or 6 units, or another scheme");
    }

    /// Origin: by hand.
    #[test]
    fn what_is_no_ensemble() {
        let new = |scheme, biases: &[f64]| Ensemble::new("3,4x2".parse().unwrap(), scheme, biases, Units::Relu);
        assert!(matches!(new(Scheme::He, &[0.0, 1.0, 0.0]), Err(SchemeError::Depth { found: 3, layers: 1.., .. })));
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(new(Scheme::He, &[bad]), Err(SchemeError::Variance { layer: 1, .. })));
            assert!(matches!(new(Scheme::Variances(vec![1.0, bad]), &[0.0]), Err(SchemeError::Variance { layer: 2, .. })));
        }
        assert!(matches!(new(Scheme::Variances(vec![0.0]), &[0.0]), Err(SchemeError::Variance { .. })));
        assert!(matches!(new(Scheme::Orthogonal, &[0.1]), Err(SchemeError::Biases("orthogonal"))));
        assert_eq!(new(Scheme::Variances(vec![0.5]), &[0.1]).unwrap().distinct().len(), 2);
        assert_eq!(new(Scheme::HeOut, &[0.0]).unwrap().layers()[1].width, 4);
    }
}
