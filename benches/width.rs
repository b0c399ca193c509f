//! The smallest width of many points on a line, and of a reduction's instance by its collinear points. `cargo bench --bench width`.

use divan::Bencher;
use relus::exact::Rational;
use relus::instance::{Activation, Architecture, Data};
use relus::problems::Poits;
use relus::reductions::{PoitsRelu, Reduction};
use relus::train::Control;
use relus::train::width::SmallestWidth;

fn main() {
    divan::main();
}

const PURE: Architecture = Architecture { activation: Activation::Relu, width: 0, output_bias: false, convex: false, affine: false };

/// Points with decimals and targets that look random.
fn points(n: u64) -> Data {
    let number = |i: u64| Rational::from((i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20) % 100_000) / Rational::from(100);
    let xs = (0..n).map(|i| vec![Rational::from(i * 7 + i % 5) / Rational::from(1000)]);
    Data::new(xs.collect(), (0..n).map(|i| number(i + 1)).collect()).expect("points")
}

#[divan::bench(sample_count = 3, args = [1_000, 10_000, 100_000])]
fn affine(bencher: Bencher<'_, '_>, n: u64) {
    let data = points(n);
    let question = SmallestWidth::new(Architecture { affine: true, ..PURE });
    bencher.bench_local(|| {
        let width = question.find(&data, &Control::default()).expect("no file");
        assert!(width.smallest().is_some());
        width
    });
}

#[divan::bench(sample_count = 3, args = [1_000, 10_000, 100_000])]
fn networks(bencher: Bencher<'_, '_>, n: u64) {
    let data = points(n);
    let question = SmallestWidth::new(PURE);
    bencher.bench_local(|| {
        let width = question.find(&data, &Control::default()).expect("no file");
        assert!(width.upper_bound().is_some_and(|upper| upper <= width.bends + 2));
        width
    });
}

/// Clauses over many variables; the bound is the instance's width.
#[divan::bench(sample_count = 3, args = [5, 15])]
fn collinear_points_of_a_reduction(bencher: Bencher<'_, '_>, clauses: usize) {
    let formula = Poits::new(3 * clauses, (0..clauses).map(|c| [3 * c, 3 * c + 1, 3 * c + 2]).collect()).expect("a formula");
    let instance = PoitsRelu.reduce(&formula);
    let question = SmallestWidth { max_width: Some(0), ..SmallestWidth::new(instance.architecture) };
    bencher.bench_local(|| {
        let width = question.find(&instance.data, &Control::default()).expect("no file");
        assert_eq!(width.bends, instance.architecture.width);
        width
    });
}
