//! Cones against double description by the book, against their definition, and against the cells of the arrangement.

mod instances;
mod naive;

use super::{Cone, State};
use crate::arrangement::Arrangement;
use crate::exact::{Integer, Rational, rank};
use crate::optimize::lp::{LinearProgram, LpVerdict, Row, RowKind};
use crate::train::search::Model;
use dashu_base::{Abs, BitTest};
use instances::{Size, grid, instance, sized};
use naive::{NaiveCone, primitive};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SIZES: [Size; 8] = [
    Size::Small,
    Size::Sheared(6),
    Size::Sheared(12),
    Size::Sheared(25),
    Size::Sheared(70),
    Size::Perturbed(8),
    Size::Perturbed(15),
    Size::Perturbed(45),
];

fn undecided(cone: &Cone) -> Vec<usize> {
    (0..cone.states.len()).filter(|&s| cone.states[s] == State::Undecided).collect()
}

/// Walks down the tree from the root at random, and calls `visit` with each cone and the two parts it is split into by a site.
fn walk(rng: &mut impl Rng, model: &Model<'_>, mut visit: impl FnMut(&Cone, usize, &[Cone; 2])) {
    let mut cone = Cone::root(model);
    loop {
        let open = undecided(&cone);
        let Some(&site) = open.get(rng.random_range(0..open.len().max(1))) else { return };
        let parts = cone.split(model, site);
        visit(&cone, site, &parts);
        cone = parts[usize::from(rng.random_bool(0.5))].clone();
    }
}

/// Whether `v` is a nonnegative combination of the generators: iff no `z` is nonnegative on them and negative on `v`.
fn spans(generators: &[Vec<Integer>], v: &[Integer]) -> bool {
    let row = |g: &Vec<Integer>| Row { coefficients: g.clone(), rhs: Integer::ZERO, kind: RowKind::AtLeast };
    let program = LinearProgram { objective: v.to_vec(), rows: generators.iter().map(row).collect() };
    matches!(program.solve(), LpVerdict::Optimal(_))
}

/// Origin: the documentation of the fields and methods.
fn check_definition(model: &Model<'_>, cone: &Cone) {
    let (sites, rank_of_design) = (model.sites(), model.rank());
    let rays: Vec<Vec<Integer>> = (0..cone.generators()).map(|g| cone.ray(g)).collect();
    let product = |g: usize, s: usize| model.row(s).iter().zip(&rays[g]).fold(Integer::ZERO, |sum, (x, v)| sum + x * v);
    for g in 0..cone.generators() {
        let exact: Vec<Integer> = (0..sites).map(|s| product(g, s)).collect();
        assert!((0..sites).all(|s| cone.exact_value(model, g, s) == exact[s]));
        assert!((0..sites).all(|s| cone.values(g)[s].partial_cmp(&0.0) == Some(exact[s].cmp(&Integer::ZERO))));
        let largest = cone.values(g).iter().fold(0.0f64, |m, v| m.max(v.abs()));
        assert!((0.5..=1.0).contains(&largest));
        let bits = exact.iter().map(BitTest::bit_len).max().unwrap();
        let tolerance = Rational::ONE / Rational::from(Integer::ONE << 50);
        // A largest value just below a power of two may have been taken for the power.
        let close = [bits, bits + 1].iter().any(|&e| {
            let scale = Rational::from(Integer::ONE << e);
            let scaled = |s: usize| Rational::from(exact[s].clone()) / &scale;
            (0..sites).all(|s| (Rational::try_from(cone.value(g, s)).unwrap() - scaled(s)).abs() <= tolerance)
        });
        assert!(close, "{:?} {exact:?}", cone.values(g));
        assert!(cone.bits.iter().all(|&(s, on)| if on { exact[s] >= Integer::ZERO } else { exact[s] <= Integer::ZERO }));
        if g < 2 * cone.lines {
            assert!(rays[g].iter().zip(&rays[g ^ 1]).all(|(a, b)| *a == -b));
            assert!(cone.bits.iter().all(|&(s, _)| exact[s].is_zero()));
        }
    }
    // A ray is extreme iff the cuts it lies on have the rank that leaves one direction; different extreme rays lie on different sets of them.
    let tight = |g: usize| cone.bits.iter().map(|&(s, _)| s).filter(|&s| cone.value(g, s) == 0.0).collect::<Vec<usize>>();
    let sets: Vec<Vec<usize>> = (2 * cone.lines..cone.generators()).map(tight).collect();
    for (i, set) in sets.iter().enumerate() {
        assert_eq!(rank(set.iter().map(|&s| model.row(s).to_vec()).collect()), rank_of_design - cone.lines - 1);
        assert!(!sets[..i].contains(set));
    }
    // A facet holds generators of rank one less than all.
    let mut facets: Vec<usize> = cone.facets().collect();
    facets.sort_unstable();
    let on_facet = |s: usize| (0..cone.generators()).filter(|&g| cone.value(g, s) == 0.0).map(|g| rays[g].clone()).collect::<Vec<_>>();
    let expected: Vec<usize> = (0..sites).filter(|&s| cone.states[s] != State::Undecided && rank(on_facet(s)) == rank_of_design - 1).collect();
    assert_eq!(facets, expected);
    if rank_of_design == 3 && cone.lines == 0 {
        let corners = cone.generators();
        assert!(cone.facets().enumerate().all(|(i, f)| cone.value(i, f) == 0.0 && cone.value((i + 1) % corners, f) == 0.0));
    }
}

/// Origin: the naive implementation.
fn check_against_naive(cone: &Cone, naive: &NaiveCone) {
    assert_eq!((&cone.bits, cone.lines), (&naive.bits, naive.lines));
    assert_eq!(*cone.states, *naive.states);
    assert_eq!(cone.generators(), naive.rays.len());
    if cone.lines == 0 {
        let mut rays: Vec<Vec<Integer>> = (0..cone.generators()).map(|g| primitive(cone.ray(g))).collect();
        let mut expected = naive.rays.clone();
        rays.sort_unstable();
        expected.sort_unstable();
        assert_eq!(rays, expected);
    }
}

#[test]
fn cones_are_what_they_say_and_agree_with_plain_double_description() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for round in 0..1200 {
        let dimension = round % 6;
        let n = rng.random_range(1..=12);
        let points = grid(&mut rng, dimension, n);
        let instance = sized(&mut rng, &points, SIZES[round / 6 % SIZES.len()]);
        let model = Model::new(&instance);
        let mut naive = NaiveCone::root(&model);
        walk(&mut rng, &model, |parent, site, parts| {
            if naive.bits != parent.bits {
                let &(site, on) = parent.bits.last().unwrap();
                naive = naive.cut(&model, site, on);
            }
            for (on, part) in [false, true].into_iter().zip(parts) {
                check_definition(&model, part);
                check_against_naive(part, &naive.cut(&model, site, on));
            }
        });
    }
}

/// Origin: the list of cells, made by other means. A site is undecided iff cells of both signs lie in the cone, and the cone's generators span all of them.
#[test]
fn cones_hold_the_cells_with_their_bits() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for round in 0..160 {
        let dimension = round % 5;
        let n = rng.random_range(1..=7);
        let points = grid(&mut rng, dimension, n);
        let instance = sized(&mut rng, &points, SIZES[round / 5 % SIZES.len()]);
        let model = Model::new(&instance);
        let cells = Arrangement::new(model.design().rows()).unwrap().cells(&mut || false).unwrap();
        walk(&mut rng, &model, |_, _, parts| {
            for part in parts {
                let generators: Vec<Vec<Integer>> = (0..part.generators()).map(|g| part.ray(g)).collect();
                let inside: Vec<usize> = (0..cells.len()).filter(|&c| part.bits.iter().all(|&(s, on)| cells.signs(c).is_positive(s) == on)).collect();
                assert!(!inside.is_empty());
                for site in 0..model.sites() {
                    let positive = inside.iter().filter(|&&c| cells.signs(c).is_positive(site)).count();
                    let state = match positive {
                        0 => State::Off,
                        p if p == inside.len() => State::On,
                        _ => State::Undecided,
                    };
                    assert_eq!(part.states[site], state);
                }
                for &c in inside.iter().take(8) {
                    assert!(spans(&generators, cells.witness(c).entries()));
                }
            }
        });
    }
}

/// Origin: an invertible map of the points maps the cones with all their values.
#[test]
fn integers_of_all_sizes_give_the_same_cones() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut kinds = [0; 5];
    for round in 0..400 {
        let dimension = 2 + round % 4;
        let n = rng.random_range(dimension + 1..=25);
        let points = grid(&mut rng, dimension, n);
        let small = sized(&mut rng, &points, Size::Small);
        let large = sized(&mut rng, &points, Size::Sheared([3, 8, 18, 30, 100][round % 5]));
        let (small, large) = (Model::new(&small), Model::new(&large));
        if small.rank() != large.rank() || small.rank() != dimension + 1 {
            continue;
        }
        kinds[large.geometry().kind()] += 1;
        let mut other = Cone::root(&large);
        walk(&mut rng, &small, |parent, site, parts| {
            for &(site, on) in &parent.bits[other.bits.len()..] {
                other = other.cut(&large, site, on);
            }
            for (part, twin) in parts.iter().zip(other.split(&large, site)) {
                assert_eq!((&part.states, part.lines), (&twin.states, twin.lines));
                assert!(part.facets().eq(twin.facets()));
                assert_eq!(part.generators(), twin.generators());
                if part.lines > 0 {
                    // Lines may be turned by multiples of others.
                    continue;
                }
                for g in 0..part.generators() {
                    let largest = |cone: &Cone| cone.values(g).iter().fold(0.0f64, |m, v| m.max(v.abs()));
                    let (a, b) = (largest(part), largest(&twin));
                    assert!(part.values(g).iter().zip(twin.values(g)).all(|(v, w)| (v / a - w / b).abs() < 1e-14));
                }
            }
        });
    }
    assert!(kinds.iter().all(|&k| k > 10), "{kinds:?}");
}

/// Origin: 80 points of a paraboloid are in convex position, so that all of them are facets of the cone where all are on; its section is a polytope, and
/// satisfies Euler's formula. (Squares of the grid lie in planes, so its corners are degenerate.)
#[test]
fn more_than_a_word_of_facets() {
    let points = (0..10).flat_map(|a| (0..8).map(move |b| [a, b, a * a + b * b].map(|v| Rational::from(Integer::from(v))).to_vec()));
    let instance = instance(points.collect());
    let model = Model::new(&instance);
    let mut cone = Cone::root(&model);
    while let Some(&site) = undecided(&cone).first() {
        cone = cone.cut(&model, site, true);
    }
    check_definition(&model, &cone);
    assert_eq!((cone.lines, cone.facets().len()), (0, 80));
    let corners = cone.generators();
    let common = |a: usize, b: usize| cone.facets().filter(|&f| cone.value(a, f) == 0.0 && cone.value(b, f) == 0.0).count();
    let edges = (0..corners).flat_map(|a| (0..a).map(move |b| (a, b))).filter(|&(a, b)| common(a, b) >= 2).count();
    assert_eq!(corners + 80, edges + 2);
}

/// Origin: by hand. Four points around the origin; w is on at all of them or off at all of them exactly in the cones over the square.
#[test]
fn a_square_is_cut_out() {
    let points = [[1, 1], [1, -1], [-1, 1], [-1, -1]].map(|p| p.map(|x| Rational::from(Integer::from(x))).to_vec());
    let instance = instance(points.to_vec());
    let model = Model::new(&instance);
    let mut cone = Cone::root(&model);
    let mut lines = vec![cone.lines];
    for site in 0..3 {
        cone = cone.cut(&model, site, true);
        lines.push(cone.lines);
    }
    assert_eq!(lines, [3, 2, 1, 0]);
    assert_eq!((cone.generators(), cone.states[3]), (3, State::Undecided));
    let [off, on] = cone.split(&model, 3);
    assert_eq!((on.generators(), off.generators()), (4, 3));
}
