//! The result of a run as text for people.

use super::numbers::{approx, exact_and_approx, short_exact};
use relus::exact::Rational;
use relus::instance::{Activation, Instance, Loss};
use relus::network::Network;
use relus::train::Status;
use relus::train::result::TrainingResult;
use std::fmt::Write;

/// The whole report; `data` is the data's name.
pub(super) fn report(result: &TrainingResult, instance: &Instance, data: &str) -> String {
    let mut out = String::new();
    let mut line = |label: &str, text: &str| {
        // The longest status is longer than the column.
        let space = if label.len() < 12 { "" } else { "  " };
        let _ = writeln!(out, "{label:<12}{space}{text}");
    };
    line(result.status.name(), verdict(result.status));
    line("data", &describe_data(instance, data));
    line("model", &describe_model(result));
    if let Some(loss) = &result.loss {
        line("loss", &format!("{} ({})", exact_and_approx(loss), loss_words(result.loss_kind)));
    }
    if let Some(mean) = &result.mean_loss {
        line("mean", &format!("{} a point", exact_and_approx(mean)));
    }
    let bound =
        if result.loss.as_ref() == Some(&result.lower_bound) { "equal to the loss".to_owned() } else { exact_and_approx(&result.lower_bound) };
    line("lower bound", &bound);
    if let Some(gap) = result.gap.as_ref().filter(|gap| **gap > Rational::ZERO) {
        line("gap", &format!("{} % of the loss", approx(&(gap * Rational::from(100)))));
    }
    if let Some(target) = &result.target_error {
        line("asked", &format!("is there a network of loss at most {}?", exact_and_approx(target)));
    }
    if let Some(network) = &result.network {
        for (i, text) in network_lines(network, &instance.data.feature_names).iter().enumerate() {
            line(if i == 0 { "network" } else { "" }, text);
        }
        if let (Loss::ZeroOne, Some(classes)) = (result.loss_kind, &instance.data.classes) {
            line("classes", &format!("{:?} where f(x) > 0, else {:?}", classes.positive, classes.negative));
        }
    }
    line("method", &result.method);
    for note in &result.notes {
        line("note", note);
    }
    let counters: Vec<String> = result.statistics.iter().map(|(name, value)| format!("{name} {value}")).collect();
    if !counters.is_empty() {
        line("counts", &counters.join(", "));
    }
    line("time", &format!("{:.3} s", result.seconds));
    if let Some(shares) = shares(&result.times) {
        line("shares", &shares);
    }
    out
}

/// Where the time went, in percent, the most first; `None` where nothing is known.
fn shares(times: &[(String, f64)]) -> Option<String> {
    let whole: f64 = times.iter().map(|(_, seconds)| seconds).sum();
    let mut shares: Vec<(&str, f64)> = times.iter().map(|(name, seconds)| (name.as_str(), 100.0 * seconds / whole)).collect();
    shares.retain(|&(_, share)| share >= 0.5);
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    let text: Vec<String> = shares.iter().map(|(name, share)| format!("{name} {share:.0} %")).collect();
    (!text.is_empty()).then(|| text.join(", "))
}

fn verdict(status: Status) -> &'static str {
    match status {
        Status::Optimal => "proven: no network of this class has a smaller loss",
        Status::WithinGap => "the loss is within the accepted gap of the lower bound, or the proof is restricted as noted",
        Status::Realizable => "proven: a network that reaches the target error is given",
        Status::NotRealizable => "proven: no network of this class reaches the target error",
        Status::TimeLimit => "no proof: a limit came first, or the method gives none; this is the best network found",
        Status::Interrupted => "interrupted before the proof; this is the best network so far",
        _ => "",
    }
}

fn describe_data(instance: &Instance, name: &str) -> String {
    let data = &instance.data;
    let (n, d) = (data.len(), data.dimension());
    let target = data.target_name.as_ref().map_or_else(String::new, |target| format!(", target {target:?}"));
    format!("{name}: {n} point{}, {d} feature{}{target}", plural(n), plural(d))
}

fn describe_model(result: &TrainingResult) -> String {
    let width = result.architecture.width;
    let activation = match result.architecture.activation {
        Activation::Threshold => "threshold",
        _ => "ReLU",
    };
    let architecture = result.architecture;
    let signs = if architecture.convex { ", all with output weight +1" } else { "" };
    let affine = if architecture.affine { ", and an affine function (two more neurons that cancel)" } else { "" };
    let bias = if architecture.output_bias { " and an output bias" } else { "" };
    format!("{width} {activation} neuron{}{bias}{signs}{affine}", plural(width))
}

fn loss_words(loss: Loss) -> &'static str {
    match loss {
        Loss::L2 => "l2: sum of squares",
        Loss::L1 => "l1: sum of absolute residuals",
        Loss::Linf => "linf: largest absolute residual",
        Loss::ZeroOne => "zero-one: misclassified points",
        _ => "",
    }
}

pub(super) fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}

/// The network as a formula in decimals, with the exact weights of each neuron below it if they are short.
pub(super) fn network_lines(network: &Network, names: &[String]) -> Vec<String> {
    let zero = Rational::ZERO;
    let mut sum = Sum::default();
    for (j, neuron) in network.neurons.iter().enumerate() {
        let unit = match network.activation {
            Activation::Threshold => format!("[z{} > 0]", j + 1),
            _ => format!("max(0, z{})", j + 1),
        };
        sum.add(&neuron.a, &unit);
    }
    sum.add(&network.output_bias, "");
    let mut lines = vec![format!("f(x) = {}", sum.text())];
    for (j, neuron) in network.neurons.iter().enumerate() {
        let mut sum = Sum::default();
        for (c, weight) in neuron.w.iter().enumerate() {
            sum.add(weight, &names.get(c).cloned().unwrap_or_else(|| format!("x{}", c + 1)));
        }
        sum.add(&neuron.b, "");
        lines.push(format!("z{} = {}", j + 1, sum.text()));
        let all: Vec<&Rational> = neuron.w.iter().chain([&neuron.b, &neuron.a]).collect();
        let exact: Option<Vec<String>> = all.iter().map(|value| short_exact(value)).collect();
        let rounded = all.iter().any(|value| **value != zero && short_exact(value).as_ref() != Some(&approx(value)));
        match exact {
            Some(exact) if rounded && exact.iter().map(String::len).sum::<usize>() <= 120 => {
                let (w, rest) = exact.split_at(neuron.w.len());
                lines.push(format!("     exactly w = ({}), b = {}, a = {}", w.join(", "), rest[0], rest[1]));
            }
            None => lines.push("     (long fractions: --json or --save-network for the exact weights)".to_owned()),
            Some(_) => {}
        }
    }
    lines
}

/// A sum of products as text: `2.5 a - b + 1`.
#[derive(Default)]
struct Sum(String);

impl Sum {
    fn add(&mut self, factor: &Rational, unit: &str) {
        if *factor == Rational::ZERO {
            return;
        }
        let negative = *factor < Rational::ZERO;
        let magnitude = approx(&if negative { -factor.clone() } else { factor.clone() });
        let sign = match (self.0.is_empty(), negative) {
            (true, true) => "-",
            (true, false) => "",
            (false, true) => " - ",
            (false, false) => " + ",
        };
        let product = match (unit, magnitude.as_str()) {
            ("", _) => magnitude,
            (unit, "1") => unit.to_owned(),
            (unit, magnitude) => format!("{magnitude} {unit}"),
        };
        self.0 += &format!("{sign}{product}");
    }

    fn text(self) -> String {
        if self.0.is_empty() { "0".to_owned() } else { self.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relus::exact::parse_rational;
    use relus::network::Neuron;

    #[test]
    fn the_largest_share_comes_first() {
        let times = [("start", 0.001), ("geometry", 1.0), ("relaxation", 3.0)].map(|(name, seconds)| (name.to_owned(), seconds));
        assert_eq!(shares(&times).unwrap(), "relaxation 75 %, geometry 25 %");
        assert_eq!((shares(&[]), shares(&[("start".to_owned(), 0.0)])), (None, None));
    }

    #[test]
    fn networks_read_as_formulas() {
        let q = |text: &str| parse_rational(text).unwrap();
        let neuron = |w: &[&str], b: &str, a: &str| Neuron { w: w.iter().map(|t| q(t)).collect(), b: q(b), a: q(a) };
        let neurons = vec![neuron(&["1/3", "0"], "-2", "1"), neuron(&["-1", "1"], "0", "-1")];
        let network = Network { activation: Activation::Relu, neurons, output_bias: q("1/2") };
        let expected =
            ["f(x) = max(0, z1) - max(0, z2) + 0.5", "z1 = 0.333333 height - 2", "     exactly w = (1/3, 0), b = -2, a = 1", "z2 = -height + x2"];
        assert_eq!(network_lines(&network, &["height".to_owned()]), expected);
        assert_eq!(network_lines(&Network::constant(Activation::Relu, q("0")), &[]), ["f(x) = 0"]);
    }
}
