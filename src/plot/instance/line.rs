//! One feature: data and graph above, residuals below.

use super::super::chart::{Look, Panel, Series, chart};
use super::{Floats, Subject, range};

/// More kinks than this are drawn without names.
const MOST_NAMES: usize = 6;

pub(super) fn draw(subject: &Subject<'_>) -> String {
    let kinks: Vec<(f64, usize)> = subject.network.as_ref().map_or(Vec::new(), kinks);
    let (low, high) = if subject.points.is_empty() {
        let (low, high) = super::super::chart::extent(kinks.iter().map(|kink| kink.0));
        (low - 0.5 * (high - low), high + 0.5 * (high - low))
    } else {
        range(subject.points.iter().map(|(x, _)| x[0]))
    };
    let data: Vec<(f64, f64)> = subject.points.iter().map(|(x, y)| (x[0], *y)).collect();
    let visible: Vec<&(f64, usize)> = kinks.iter().filter(|kink| (low..=high).contains(&kink.0)).collect();
    let graph = subject.network.as_ref().map_or(Vec::new(), |network| graph(network, low, high, &visible));
    let name = |neuron: usize| if visible.len() <= MOST_NAMES { format!("kink z{}", neuron + 1) } else { String::new() };
    let lines: Vec<(f64, String)> = visible.iter().map(|&&(x, neuron)| (x, name(neuron))).collect();

    let (bottom, top) = range(data.iter().chain(&graph).map(|point| point.1));
    let mut series = Vec::new();
    if !data.is_empty() {
        series.push(Series { name: "data".to_owned(), look: Look::Marks, points: data.clone() });
    }
    if subject.network.is_some() {
        series.push(Series { name: "fitted function φ".to_owned(), look: Look::Line, points: graph });
    }
    // The graph reaches from edge to edge of both panels.
    let mut panels = vec![Panel {
        title: subject.title.to_owned(),
        x: subject.features[0].clone(),
        y: subject.target.clone(),
        range: Some((bottom, top + 0.1 * (top - bottom))),
        series,
        lines: lines.clone(),
        ..Panel::default()
    }];
    if let Some(network) = subject.network.as_ref().filter(|_| !data.is_empty()) {
        let residuals: Vec<(f64, f64)> = subject.points.iter().map(|(x, y)| (x[0], network.value(x) - y)).collect();
        let (least, most) = range(residuals.iter().map(|point| point.1).chain([0.0]));
        panels.push(Panel {
            title: "Residuals".to_owned(),
            x: subject.features[0].clone(),
            y: "residual φ(x) − y".to_owned(),
            range: Some((least, most + 0.1 * (most - least))),
            series: vec![
                Series { name: "residual".to_owned(), look: Look::Stems, points: residuals },
                Series { name: "no error".to_owned(), look: Look::Line, points: vec![(low, 0.0), (high, 0.0)] },
            ],
            lines: lines.into_iter().map(|(x, _)| (x, String::new())).collect(),
            ..Panel::default()
        });
    }
    chart(subject.title, &panels)
}

/// Where neurons have their kinks, from left to right.
fn kinks(network: &Floats) -> Vec<(f64, usize)> {
    let all = network.neurons.iter().enumerate().filter(|(_, (w, _, a))| w[0] != 0.0 && *a != 0.0);
    let mut kinks: Vec<(f64, usize)> = all.map(|(j, (w, b, _))| (-b / w[0], j)).filter(|kink| kink.0.is_finite()).collect();
    kinks.sort_by(|a, b| a.0.total_cmp(&b.0));
    kinks
}

/// The corners of the graph between `low` and `high`; a jump has two.
fn graph(network: &Floats, low: f64, high: f64, kinks: &[&(f64, usize)]) -> Vec<(f64, f64)> {
    let mut places: Vec<f64> = [low].into_iter().chain(kinks.iter().map(|kink| kink.0)).chain([high]).collect();
    places.dedup();
    let mut corners = Vec::new();
    for ends in places.windows(2) {
        let middle = [f64::midpoint(ends[0], ends[1])];
        let active: Vec<bool> = (0..network.neurons.len()).map(|j| network.z(j, &middle) > 0.0).collect();
        corners.extend(ends.iter().map(|&x| (x, network.value_in(&active, &[x]))));
    }
    corners
}
