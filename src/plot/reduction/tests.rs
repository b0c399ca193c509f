use super::graph::graph;
use super::*;
use crate::instance::Activation;
use crate::network::Neuron;
use crate::problems::{Problem, complete_graph, cyclic_triples, perfect_matchings};
use crate::reductions::{PoitsRelu, PoitsThreshold};
use roxmltree::{Document, Node};

fn formulas() -> Vec<Poits> {
    let clause = |variables: usize, clause: [usize; 3]| Poits::new(variables, vec![clause]).unwrap();
    let matchings = perfect_matchings(&complete_graph(4)).unwrap();
    vec![Poits::new(1, Vec::new()).unwrap(), clause(1, [0, 0, 0]), clause(2, [0, 0, 1]), clause(2, [0, 1, 1]), matchings, cyclic_triples(6)]
}

fn number(node: Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).unwrap().parse().unwrap()
}

/// The corners of whatever a node draws.
fn corners(node: Node<'_, '_>) -> Vec<[f64; 2]> {
    let pair = |x: &str, y: &str| [number(node, x), number(node, y)];
    match node.tag_name().name() {
        "circle" => vec![pair("cx", "cy")],
        "line" => vec![pair("x1", "y1"), pair("x2", "y2")],
        "text" => vec![pair("x", "y")],
        "polyline" | "polygon" => {
            let points = node.attribute("points").unwrap().split(' ');
            points.map(|point| point.split_once(',').map(|(x, y)| [x.parse().unwrap(), y.parse().unwrap()]).unwrap()).collect()
        }
        _ => Vec::new(),
    }
}

/// Confirms that a picture is well-formed XML, marks every point, names every gadget, and draws nothing outside the sheet.
fn check<R: PlanarReduction>(reduction: &R, formula: &Poits, chosen: Option<Chosen<'_>>) {
    let svg = planar(reduction, formula, chosen, "a note with <, & and \"").unwrap();
    let document = Document::parse(&svg).unwrap();
    let root = document.root_element();
    let marks = |class: &str| root.descendants().filter(|node| node.attribute("class") == Some(class)).count();
    let meetings = 3 * formula.clauses().len();
    assert_eq!(marks("point"), reduction.sizes(formula).points - meetings);
    // In the overview and in its enlarged part.
    assert_eq!(marks("consistency"), 2 * meetings);
    let texts: Vec<&str> = root.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text()).map(str::trim).collect();
    for gadget in reduction.geometry(formula).gadgets {
        assert!(texts.contains(&gadget.name.as_str()), "{}", gadget.name);
    }
    for name in reduction.geometry(formula).meetings.iter().map(|meeting| meeting.name.as_str()) {
        assert!(texts.contains(&name), "{name}");
    }
    assert_eq!(texts.contains(&"chosen, variable"), chosen.is_some());
    let (width, height) = (number(root, "width"), number(root, "height"));
    for node in root.descendants() {
        for [x, y] in corners(node) {
            assert!((0.0..=width).contains(&x) && (0.0..=height).contains(&y), "{node:?}");
        }
    }
}

#[test]
fn pictures_hold_every_point_and_every_name() {
    fn each<R: PlanarReduction>(reduction: &R) {
        for formula in formulas() {
            check(reduction, &formula, None);
            if let Some(solution) = formula.solve() {
                let choices = reduction.choices_of(&formula, &solution).unwrap();
                let network = reduction.network(&formula, &choices).unwrap();
                check(reduction, &formula, Some(Chosen { network: &network, choices: &choices }));
            }
        }
    }
    each(&PoitsRelu);
    each(&PoitsThreshold);
}

/// Origin: the theorem. A network without error passes through its points, so every mark lies on the drawn graph; at a jump, between its corners.
#[test]
fn graphs_pass_through_the_points() {
    fn each<R: PlanarReduction>(reduction: &R) {
        for formula in formulas() {
            let Some(solution) = formula.solve() else { continue };
            let network = reduction.lift(&formula, &solution).unwrap();
            let data = reduction.reduce(&formula).data;
            for (point, label) in data.points().iter().zip(data.targets()) {
                let range = [-3, 2].map(Rational::from);
                let corners = graph(&network, &point[1], &point[0], &range);
                let right = corners.iter().position(|corner| corner[0] >= 0.0).unwrap();
                let [[x, low], [z, high]] = [corners[right - 1], corners[right]];
                let value = if x == z { high } else { low - (high - low) / (z - x) * x };
                assert!((value - nearest_f64(label)).abs() < 1e-9, "{point:?}: {value} instead of {label}");
            }
        }
    }
    each(&PoitsRelu);
    each(&PoitsThreshold);
}

/// Origin: by hand. The breakline `x = 2y` is at 2 on `y = 1`, which is 1 right of the origin 1.
#[test]
fn graphs_have_their_corners_at_breaklines() {
    let neurons = vec![Neuron { w: vec![Rational::from(1), Rational::from(-2)], b: Rational::ZERO, a: Rational::from(3) }];
    let corners = |activation: Activation| {
        let network = Network { activation, neurons: neurons.clone(), output_bias: Rational::ZERO };
        graph(&network, &Rational::ONE, &Rational::ONE, &[-1, 2].map(Rational::from))
    };
    assert_eq!(corners(Activation::Relu), [[-1.0, 0.0], [1.0, 0.0], [2.0, 3.0]]);
    assert_eq!(corners(Activation::Threshold), [[-1.0, 0.0], [1.0, 0.0], [1.0, 3.0], [2.0, 3.0]]);
}

#[test]
fn too_many_gadgets_are_refused() {
    let formula = |variables: usize| Poits::new(variables, Vec::new()).unwrap();
    assert!(planar(&PoitsRelu, &formula(MAX_GADGETS), None, "").is_ok());
    assert_eq!(planar(&PoitsRelu, &formula(MAX_GADGETS + 1), None, ""), Err(PlotError { gadgets: MAX_GADGETS + 1 }));
}
