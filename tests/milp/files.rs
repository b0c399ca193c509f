//! The MPS and LP writers, read back by readers that know nothing of them.

use super::{LOSSES, random_instance};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use relus::exact::{Rational, nearest_f64, parse_rational};
use relus::instance::{Activation, Architecture, Data, Instance, Loss};
use relus::train::milp::{Column, ColumnId, Milp, MilpModel, Sense, write_lp, write_mps};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Default)]
struct Shadow {
    /// name → (lower, upper, integer, cost), in floats, as a solver would read them.
    columns: BTreeMap<String, (f64, f64, bool, f64)>,
    /// name → (sense, right-hand side, terms).
    rows: BTreeMap<String, (char, f64, BTreeMap<String, f64>)>,
}

fn shadow(model: &MilpModel) -> Shadow {
    let bound = |bound: &Option<Rational>, default: f64| bound.as_ref().map_or(default, nearest_f64);
    let column =
        |c: &Column| (c.name.clone(), (bound(&c.lower, f64::NEG_INFINITY), bound(&c.upper, f64::INFINITY), c.integer, nearest_f64(&c.objective)));
    let rows = model.rows().iter().map(|row| {
        let sense = match row.sense {
            Sense::AtMost => 'L',
            Sense::AtLeast => 'G',
            Sense::Equal => 'E',
        };
        let terms = row.terms.iter().map(|(c, value)| (model.columns()[c.0].name.clone(), nearest_f64(value))).collect();
        (row.name.clone(), (sense, nearest_f64(&row.rhs), terms))
    });
    let shadow = Shadow { columns: model.columns().iter().map(column).collect(), rows: rows.collect() };
    assert_eq!((shadow.columns.len(), shadow.rows.len()), (model.columns().len(), model.rows().len()), "names must be unique");
    shadow
}

fn number(text: &str) -> f64 {
    match text {
        "-inf" => f64::NEG_INFINITY,
        "+inf" => f64::INFINITY,
        // Correctly rounded, as Rust's own parser is; `parse_rational` confirms that it is a number to relus as well.
        _ => {
            assert_eq!(nearest_f64(&parse_rational(text).unwrap()), text.parse::<f64>().unwrap());
            text.parse().unwrap()
        }
    }
}

fn read_mps(text: &str) -> Shadow {
    let mut shadow = Shadow::default();
    let (mut section, mut integer) = ("", false);
    for line in text.lines().filter(|line| !line.starts_with('*')) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        if !line.starts_with(' ') {
            section = fields[0];
            continue;
        }
        match (section, fields.as_slice()) {
            ("ROWS", ["N", name]) => assert_eq!(*name, "obj"),
            ("ROWS", [sense, name]) => {
                shadow.rows.insert((*name).to_owned(), (sense.chars().next().unwrap(), 0.0, BTreeMap::new()));
            }
            ("COLUMNS", [_, "'MARKER'", marker]) => integer = *marker == "'INTORG'",
            ("COLUMNS", [column, "obj", value]) => {
                shadow.columns.insert((*column).to_owned(), (0.0, f64::INFINITY, integer, number(value)));
            }
            ("COLUMNS", [column, row, value]) => {
                assert!(shadow.rows.get_mut(*row).unwrap().2.insert((*column).to_owned(), number(value)).is_none());
            }
            ("RHS", [_, row, value]) => shadow.rows.get_mut(*row).unwrap().1 = number(value),
            ("BOUNDS", [kind, _, column, rest @ ..]) => {
                let bounds = shadow.columns.get_mut(*column).unwrap();
                match (*kind, rest) {
                    ("LO", [value]) => bounds.0 = number(value),
                    ("UP", [value]) => bounds.1 = number(value),
                    ("MI", []) => bounds.0 = f64::NEG_INFINITY,
                    ("PL", []) => bounds.1 = f64::INFINITY,
                    ("FR", []) => (bounds.0, bounds.1) = (f64::NEG_INFINITY, f64::INFINITY),
                    other => panic!("bound {other:?}"),
                }
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(section, "ENDATA");
    shadow
}

/// `+ 2 x - 3 y` as terms.
fn read_sum(tokens: &[&str]) -> BTreeMap<String, f64> {
    let mut terms = BTreeMap::new();
    for chunk in tokens.chunks(3) {
        let value = match chunk[0] {
            "+" => number(chunk[1]),
            "-" => -number(chunk[1]),
            other => panic!("sign {other}"),
        };
        assert!(terms.insert(chunk[2].to_owned(), value).is_none());
    }
    terms
}

fn read_lp(text: &str) -> Shadow {
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('\\')).collect();
    let at = |title: &str| lines.iter().position(|line| *line == title);
    let (rows, bounds, end) = (at("Subject To").unwrap(), at("Bounds").unwrap(), at("End").unwrap());
    let generals = at("Generals").unwrap_or(end);
    assert_eq!((lines[0], end), ("Minimize", lines.len() - 1));
    let mut shadow = Shadow::default();
    for line in &lines[bounds + 1..generals] {
        match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            [name, "free"] => shadow.columns.insert((*name).to_owned(), (f64::NEG_INFINITY, f64::INFINITY, false, 0.0)),
            [low, "<=", name, "<=", high] => shadow.columns.insert((*name).to_owned(), (number(low), number(high), false, 0.0)),
            other => panic!("bound {other:?}"),
        };
    }
    for line in lines.iter().take(end).skip(generals + 1) {
        shadow.columns.get_mut(line.trim()).unwrap().2 = true;
    }
    let objective = lines[1..rows].join(" ");
    for (name, cost) in read_sum(&objective.trim().strip_prefix("obj:").unwrap().split_whitespace().collect::<Vec<_>>()) {
        // A variable whose name starts like an exponent would be misread.
        assert!(!name.starts_with(['e', 'E']));
        shadow.columns.get_mut(&name).unwrap().3 = cost;
    }
    let tokens = lines[rows + 1..bounds].join(" ");
    let tokens: Vec<&str> = tokens.split_whitespace().collect();
    let starts: Vec<usize> = tokens.iter().enumerate().filter(|(_, token)| token.ends_with(':')).map(|(t, _)| t).collect();
    for (r, &start) in starts.iter().enumerate() {
        let row = &tokens[start + 1..starts.get(r + 1).copied().unwrap_or(tokens.len())];
        let [terms @ .., sense, rhs] = row else { panic!("row {row:?}") };
        let sense = match *sense {
            "<=" => 'L',
            ">=" => 'G',
            "=" => 'E',
            other => panic!("sense {other}"),
        };
        shadow.rows.insert(tokens[start].trim_end_matches(':').to_owned(), (sense, number(rhs), read_sum(terms)));
    }
    shadow
}

fn text(write: impl Fn(&MilpModel, &mut Vec<u8>) -> std::io::Result<()>, model: &MilpModel) -> String {
    let mut bytes = Vec::new();
    write(model, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Origin: the model itself, through readers written for the formats.
#[test]
fn files_read_back_as_the_same_model() {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    for loss in LOSSES {
        for activation in [Activation::Relu, Activation::Threshold] {
            for output_bias in [false, true] {
                let instance =
                    random_instance(&mut rng, 6, 2, Architecture { activation, width: 2, output_bias, convex: false, affine: false }, loss);
                let models = Milp::default().models(&instance).unwrap();
                assert_eq!(models.len(), if activation == Activation::Relu { 3 } else { 1 });
                for model in &models {
                    let expected = shadow(model);
                    assert_eq!(read_mps(&text(write_mps, model)), expected);
                    assert_eq!(read_lp(&text(write_lp, model)), expected);
                }
            }
        }
    }
}

#[test]
fn unusual_models_are_written_too() {
    let mut model = MilpModel::new("odd".to_owned(), vec!["two\nlines".to_owned()]);
    let x = model.real("x".to_owned(), None, None);
    let y = model.real("y".to_owned(), None, Some(Rational::from(-2)));
    let z = model.binary("z".to_owned());
    model.real("lonely".to_owned(), Some(parse_rational("1/3").unwrap()), None);
    model.cost(y, parse_rational("-0.0625").unwrap());
    model.constrain("sum".to_owned(), [(x, Rational::ONE), (y, Rational::ONE), (x, Rational::ONE)], Sense::Equal, Rational::ZERO);
    model.constrain("gone".to_owned(), [(z, Rational::ONE), (z, -Rational::ONE)], Sense::AtMost, Rational::ONE);
    let expected = shadow(&model);
    assert_eq!(expected.rows["sum"].2["x"], 2.0);
    let mps = text(write_mps, &model);
    assert!(mps.contains("1 numbers are rounded"), "{mps}");
    assert_eq!(read_mps(&mps), expected);
    let mut lp = read_lp(&text(write_lp, &model));
    // The format has no empty sum: a term with coefficient 0 stands for it.
    assert_eq!(lp.rows.get_mut("gone").unwrap().2.remove("x"), Some(0.0));
    assert_eq!(lp, expected);
}

/// The known optimum of a planted network is a feasible point of its class's model with objective 0: origin, by hand.
#[test]
fn a_planted_network_is_feasible_in_its_model() {
    // y = max(0, x − 1) − max(0, x − 3) on x = 0, …, 5, times 2 so that targets are not all units.
    let points: Vec<Vec<Rational>> = (0..6).map(|x| vec![Rational::from(x)]).collect();
    let targets: Vec<Rational> = [0, 0, 2, 4, 4, 4].map(Rational::from).to_vec();
    let data = Data::new(points, targets).unwrap();
    let architecture = Architecture { activation: Activation::Relu, width: 2, output_bias: false, convex: false, affine: false };
    let instance = Instance { data, architecture, loss: Loss::L1, target_error: None };
    let models = Milp::default().models(&instance).unwrap();
    let model = models.iter().find(|model| model.name == "relu_plus1_minus1").unwrap();
    let find = |name: &str| ColumnId(model.columns().iter().position(|column| column.name == name).unwrap());
    let mut values = vec![Rational::ZERO; model.columns().len()];
    // Targets have magnitude at most 4 and features, centred at 2, at most 3: both are divided by 10.
    for (j, kink) in [(0, 1), (1, 3)] {
        // 2 (x − kink)/10 = 2 (x − 2)/10 + 2 (2 − kink)/10
        values[find(&format!("v{j}_0")).0] = parse_rational("0.2").unwrap() * Rational::from(2 - kink);
        values[find(&format!("v{j}_1")).0] = Rational::from(2);
        for i in 0..6 {
            let active = i > kink;
            values[find(&format!("s{j}_{i}")).0] = Rational::from(u8::from(active));
            if active {
                values[find(&format!("h{j}_{i}")).0] = parse_rational("0.2").unwrap() * Rational::from(i - kink);
            }
        }
    }
    assert_eq!(model.max_violation(&values), Rational::ZERO);
    assert_eq!(model.objective(&values), Rational::ZERO);
    // And a point that is not: a binary half way.
    values[find("s0_0").0] = parse_rational("0.5").unwrap();
    assert_eq!(model.max_violation(&values), parse_rational("0.5").unwrap());
}
