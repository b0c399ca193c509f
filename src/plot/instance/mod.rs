//! Data with one or two features, and a network over them.
//!
//! One feature: the targets, the graph of `φ` with its kinks, and the residuals below. Two features: the targets as shades, the neurons' breaklines, the cells between them shaded by how many neurons are active there, and the
//! level lines of `φ`, which are straight in each cell. Corners are computed in floats from exact weights.

mod line;
mod plane;

use crate::exact::{Rational, nearest_f64};
use crate::instance::Data;
use crate::network::{DimensionError, Network};
use thiserror::Error;

/// Why data or a network cannot be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InstancePlotError {
    /// Neither a line nor a plane.
    #[error("pictures show one or two features, here are {0}: choose some with --features A,B and a network of these")]
    Dimension(usize),
    /// The network does not belong to the data.
    #[error(transparent)]
    Network(#[from] DimensionError),
    /// Nothing to draw.
    #[error("without data a picture needs a network with a neuron")]
    Empty,
    /// Floats do not reach that far.
    #[error("a number is too large to be drawn")]
    Range,
}

/// What is drawn, in floats.
struct Subject<'a> {
    title: &'a str,
    /// The names of the features and of the target.
    features: Vec<String>,
    target: String,
    /// Coordinates and target.
    points: Vec<(Vec<f64>, f64)>,
    network: Option<Floats>,
}

/// A network in floats.
struct Floats {
    threshold: bool,
    /// Input weights, bias, output weight.
    neurons: Vec<(Vec<f64>, f64, f64)>,
    constant: f64,
}

impl Floats {
    /// The neuron's pre-activation.
    fn z(&self, neuron: usize, x: &[f64]) -> f64 {
        let (w, b, _) = &self.neurons[neuron];
        w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + b
    }

    /// `φ` with the activation pattern that `x` has.
    fn value(&self, x: &[f64]) -> f64 {
        let active: Vec<bool> = (0..self.neurons.len()).map(|j| self.z(j, x) > 0.0).collect();
        self.value_in(&active, x)
    }

    /// The affine function that `φ` is where these neurons are active.
    fn value_in(&self, active: &[bool], x: &[f64]) -> f64 {
        let term = |j: usize| self.neurons[j].2 * if self.threshold { 1.0 } else { self.z(j, x) };
        self.constant + (0..self.neurons.len()).filter(|&j| active[j]).map(term).sum::<f64>()
    }
}

/// A picture of data, of a network, or of a network over data, as SVG; at least one of them is there.
///
/// # Errors
/// [`InstancePlotError`] if there are not one or two features, or numbers that no float holds.
pub fn instance(title: &str, data: Option<&Data>, network: Option<&Network>) -> Result<String, InstancePlotError> {
    let own = network.and_then(|network| network.neurons.first()).map(|neuron| neuron.w.len());
    let dimension = data.map(Data::dimension).or(own).ok_or(InstancePlotError::Empty)?;
    if !(1..=2).contains(&dimension) {
        return Err(InstancePlotError::Dimension(dimension));
    }
    network.map_or(Ok(()), |network| network.check_dimension(dimension))?;
    let names = data.map_or(&[][..], |data| &data.feature_names);
    let features =
        (0..dimension).map(|i| names.get(i).cloned().unwrap_or_else(|| if dimension == 1 { "x".to_owned() } else { format!("x{}", i + 1) }));
    let floats = |values: &[Rational]| -> Vec<f64> { values.iter().map(nearest_f64).collect() };
    let points = data.map_or(Vec::new(), |data| data.points().iter().zip(data.targets()).map(|(x, y)| (floats(x), nearest_f64(y))).collect());
    let network = network.map(|network| Floats {
        threshold: network.activation == crate::instance::Activation::Threshold,
        neurons: network.neurons.iter().map(|neuron| (floats(&neuron.w), nearest_f64(&neuron.b), nearest_f64(&neuron.a))).collect(),
        constant: nearest_f64(&network.output_bias),
    });
    let all = points.iter().flat_map(|(x, y)| x.iter().chain([y]));
    let weights = network.iter().flat_map(|network| network.neurons.iter().flat_map(|(w, b, a)| w.iter().chain([b, a])).chain([&network.constant]));
    if all.chain(weights).any(|value| value.abs() > 1e150) {
        return Err(InstancePlotError::Range);
    }
    let target = data.and_then(|data| data.target_name.clone()).unwrap_or_else(|| "y".to_owned());
    let subject = Subject { title, features: features.collect(), target, points, network };
    Ok(if dimension == 1 { line::draw(&subject) } else { plane::draw(&subject) })
}

/// Numbers with room around them.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = super::chart::extent(values);
    let margin = 0.06 * (high - low);
    (low - margin, high + margin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::parse_rational;
    use crate::instance::Activation;
    use crate::network::Neuron;
    use roxmltree::Document;

    fn q(text: &str) -> Rational {
        parse_rational(text).unwrap()
    }

    fn network(activation: Activation, neurons: &[(&[&str], &str, &str)]) -> Network {
        let neurons = neurons.iter().map(|(w, b, a)| Neuron { w: w.iter().map(|w| q(w)).collect(), b: q(b), a: q(a) }).collect();
        Network { activation, neurons, output_bias: q("0") }
    }

    fn texts(svg: &str) -> Vec<String> {
        Document::parse(svg)
            .unwrap()
            .descendants()
            .filter(|node| node.has_tag_name("text"))
            .filter_map(|node| node.text())
            .map(|text| text.trim().to_owned())
            .collect()
    }

    fn marks(svg: &str) -> usize {
        Document::parse(svg).unwrap().descendants().filter(|node| node.attribute("class") == Some("point")).count()
    }

    /// Origin: by hand. max(0, x − 1) on 0, …, 3 has its kink at 1; a residual for each point.
    #[test]
    fn one_feature() {
        let data = Data::new((0..4).map(|i| vec![Rational::from(i)]).collect(), ["0", "1/2", "1", "2"].map(q).to_vec()).unwrap();
        let relu = network(Activation::Relu, &[(&["1"], "-1", "1")]);
        let svg = instance("Title", Some(&data), Some(&relu)).unwrap();
        let texts = texts(&svg);
        for text in ["Title", "x", "y", "residual φ(x) − y", "kink z1"] {
            assert!(texts.iter().any(|found| found == text), "{text} in {texts:?}");
        }
        // Two markers a point and two in legends.
        assert_eq!(marks(&svg), 2 * 4 + 2);
        let bare = instance("Title", Some(&data), None).unwrap();
        assert_eq!(marks(&bare), 4 + 1);
        assert!(!svg.contains("NaN") && !bare.contains("NaN"));
    }

    /// Origin: by hand. Two crossing breaklines cut the frame into four cells, three of them into two.
    #[test]
    fn two_features() {
        let data =
            Data::new([["0", "0"], ["1", "0"], ["0", "1"], ["1", "1"]].map(|x| x.map(q).to_vec()).to_vec(), ["0", "1", "1", "0"].map(q).to_vec())
                .unwrap();
        for (neurons, cells) in
            [(&[(&["1", "0"][..], "-1/2", "1"), (&["0", "1"], "-1/2", "-1")][..], 4), (&[(&["1", "0"], "-1/3", "1"), (&["2", "0"], "-4/3", "-1")], 3)]
        {
            for activation in Activation::ALL {
                let network = network(activation, neurons);
                for data in [Some(&data), None] {
                    let svg = instance("Title", data, Some(&network)).unwrap();
                    let document = Document::parse(&svg).unwrap();
                    let found = document.descendants().filter(|node| node.attribute("class") == Some("cell")).count();
                    assert_eq!(found, cells);
                    let texts = texts(&svg);
                    assert!(["x1", "x2", "z1 = 0", "z2 = 0"].iter().all(|text| texts.iter().any(|found| found == text)), "{texts:?}");
                    assert!(!svg.contains("NaN"));
                }
            }
        }
        assert_eq!(marks(&instance("Title", Some(&data), None).unwrap()), 4);
    }

    /// Origin: the definition.
    #[test]
    fn what_cannot_be_drawn() {
        let data = |x: &[&str]| Data::new(vec![x.iter().map(|x| q(x)).collect()], vec![q("1")]).unwrap();
        assert_eq!(instance("", Some(&data(&["1", "2", "3"])), None), Err(InstancePlotError::Dimension(3)));
        assert_eq!(instance("", Some(&data(&[])), None), Err(InstancePlotError::Dimension(0)));
        assert_eq!(instance("", Some(&data(&["1e200"])), None), Err(InstancePlotError::Range));
        assert_eq!(instance("", None, Some(&Network::constant(Activation::Relu, q("1")))), Err(InstancePlotError::Empty));
        let wide = network(Activation::Relu, &[(&["1", "1"], "0", "1")]);
        assert!(matches!(instance("", Some(&data(&["1"])), Some(&wide)), Err(InstancePlotError::Network(_))));
        // Degenerate, but drawn: one point; a neuron without a breakline.
        let idle = network(Activation::Relu, &[(&["0"], "1", "1")]);
        assert!(instance("", Some(&data(&["1"])), Some(&idle)).is_ok_and(|svg| !svg.contains("NaN")));
        let idle = network(Activation::Threshold, &[(&["0", "0"], "1", "1")]);
        let svg = instance("", Some(&data(&["1", "1"])), Some(&idle)).unwrap();
        assert!(!svg.contains("NaN") && !svg.contains("breakline"), "a key to what is there");
    }
}
