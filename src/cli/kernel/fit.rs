//! `relus kernel fit`: landmarks, regression, model.

use super::options::{Loaded, RunArgs, Runner, ScaleArgs, kernel, load, positive_float, share};
use crate::cli::DECIDED;
use crate::cli::data::DataArgs;
use crate::cli::error::CliError;
use crate::cli::numbers::approx_f64;
use crate::cli::output::{OutputArgs, check_target, write};
use clap::{Args, ValueEnum};
use relus::kernel::fit::{Fitted, Form, Sampler, fit};
use relus::kernel::json::model_to_json;
use relus::kernel::model::Model;
use relus::kernel::polynomial::Teacher;
use relus::kernel::regression::{constrained, ridge};
use relus::kernel::scaling::{FeatureMap, LabelMap};
use relus::kernel::validation::{Candidates, Choice, choose, kernels, norm_bounds, ridges};
use relus::kernel::{Kernel, KernelError, Points};
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Instant;

/// So many landmarks are drawn if nobody says how many.
pub(super) const LANDMARKS: usize = 500;

/// The change of a value by rounding, if neither it nor epsilon is given.
const TOLERANCE: f64 = 1e-3;

/// Fit the labels by compressed kernel regression
///
/// What is left open is chosen: the kernel and the ridge (or norm bound) by cross-validation; with --epsilon the
/// theory's constants decide: degree and norm bound from polynomials for the networks of --teacher, the ridge and
/// the landmarks from these. The theory's sampler keeps nearly every point of small data; --landmarks limits it.
///
/// Labels must lie in [0, 1]: --scale-labels maps them there and predictions back, --positive LABEL learns one
/// class against all others.
///
/// Examples:
///   relus kernel fit data.csv --scale standardise --scale-labels --save-model model.json
///   relus kernel fit digits.csv --scale ball --positive 3 --kernel multinomial:4 --landmarks 400
///   relus kernel fit data.csv --epsilon 0.1 --teacher relu:2 --scale ball --scale-labels
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct FitArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    learner: LearnerArgs,
    #[command(flatten)]
    theory: TheoryArgs,
    #[command(flatten)]
    scale: ScaleArgs,
    /// Map the least label to 0 and the largest to 1, and predictions back
    #[arg(long, help_heading = "Scaling", conflicts_with = "positive")]
    scale_labels: bool,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    output: OutputArgs,
    /// Save the model as JSON (format relus-kernel-model)
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    save_model: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Learner")]
pub(super) struct LearnerArgs {
    /// The kernel: multinomial:DEGREE, inverse[:DEPTH], arccos or gaussian:GAMMA [default: by cross-validation]
    #[arg(long, value_name = "KERNEL", value_parser = kernel)]
    pub(super) kernel: Option<Kernel>,
    /// The number of landmarks [default: 500, or as many as there are points; with --epsilon what the theory's constants keep]
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) landmarks: Option<u32>,
    /// How landmarks are chosen
    #[arg(long, value_enum, default_value_t = SamplerName::Scores)]
    pub(super) sampler: SamplerName,
    /// What is minimised: the error plus a multiple of the squared norm, or the error under a bound on it [default: ridge, constrained with --norm-bound alone]
    #[arg(long, value_enum)]
    form: Option<FormName>,
    /// The ridge lambda, of (K + lambda m I) [default: by cross-validation]
    #[arg(long, value_name = "LAMBDA", value_parser = positive_float, allow_hyphen_values = true, conflicts_with = "norm_bound")]
    ridge: Option<f64>,
    /// The bound B on the squared norm [default: from --teacher with --epsilon, else by cross-validation]
    #[arg(long, value_name = "B", value_parser = positive_float, allow_hyphen_values = true)]
    norm_bound: Option<f64>,
    /// The number of folds of cross-validation; at most one a point
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(2..))]
    pub(super) folds: u32,
    /// How much rounding to integer codes may change a value [default: 0.001, with --epsilon an eighth of it]
    #[arg(long, value_name = "T", value_parser = positive_float, allow_hyphen_values = true)]
    tolerance: Option<f64>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Theory")]
struct TheoryArgs {
    /// The error for which the theory's constants are taken
    #[arg(long, value_name = "E", value_parser = positive_float, allow_hyphen_values = true)]
    epsilon: Option<f64>,
    /// The networks to learn: relu[:A] or sigmoid[:A], neurons with ||w|| <= 1 and output weights of A in sum of magnitudes
    #[arg(long, value_name = "TEACHER", default_value = "relu:1", value_parser = teacher, requires = "epsilon", conflicts_with = "norm_bound")]
    teacher: Teacher,
    /// The probability with which the theory's sampler may fail
    #[arg(long, value_name = "D", default_value = "0.1", value_parser = share, allow_hyphen_values = true)]
    delta: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SamplerName {
    /// By ridge leverage scores
    Scores,
    /// Each set as likely
    Uniform,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FormName {
    Ridge,
    Constrained,
}

fn teacher(text: &str) -> Result<Teacher, String> {
    text.parse().map_err(|error: KernelError| error.to_string())
}

impl LearnerArgs {
    /// Confirms that only what a comparison lets choose is given: there the ridge is always found by cross-validation.
    pub(super) fn refuse_for_comparison(&self) -> Result<(), CliError> {
        if self.ridge.is_some() || self.norm_bound.is_some() || self.form.is_some() || self.tolerance.is_some() {
            return Err(CliError::Usage(
                "a comparison takes --kernel, --landmarks, --sampler and --folds; the ridge is found by cross-validation".to_owned(),
            ));
        }
        Ok(())
    }

    /// The sampler with a given number of landmarks, by default [`LANDMARKS`].
    pub(super) fn fixed_sampler(&self, points: usize) -> Sampler {
        let count = self.landmarks.map_or(LANDMARKS.min(points), |count| count as usize);
        match self.sampler {
            SamplerName::Scores => Sampler::Scores(count),
            SamplerName::Uniform => Sampler::Uniform(count),
        }
    }
}

/// Everything that a fit needs, and how it was found.
struct Plan {
    kernel: Kernel,
    sampler: Sampler,
    form: Form,
    tolerance: f64,
    notes: Vec<String>,
    choice: Option<Choice>,
}

impl FitArgs {
    /// What is said, and what follows from it.
    fn plan(&self, points: &Points, labels: &[f64], runner: &Runner) -> Result<Plan, KernelError> {
        let learner = &self.learner;
        if let Some(epsilon) = self.theory.epsilon {
            return self.theory_plan(epsilon, points.len());
        }
        let sampler = learner.fixed_sampler(points.len());
        let (form, grid) = match (learner.form, learner.ridge, learner.norm_bound) {
            (_, Some(lambda), _) => (Some(Form::Ridge(lambda)), Vec::new()),
            (_, _, Some(norm)) => (Some(Form::Constrained(norm)), Vec::new()),
            (Some(FormName::Constrained), ..) => (None, norm_bounds()),
            _ => (None, ridges()),
        };
        let tolerance = learner.tolerance.unwrap_or(TOLERANCE);
        if let (Some(kernel), Some(form)) = (learner.kernel, form) {
            return Ok(Plan { kernel, sampler, form, tolerance, notes: Vec::new(), choice: None });
        }
        let kernels = learner.kernel.map_or_else(kernels, |kernel| vec![kernel]);
        let forms = form.map_or(grid, |form| vec![form]);
        let keep_on = |phase: &'static str, done: usize, total: usize| runner.keep_on(phase, done, total);
        let choice = choose(
            Candidates { kernels: &kernels, forms: &forms, sampler },
            points,
            labels,
            (learner.folds as usize).min(points.len()),
            self.run.seed,
            &keep_on,
        )?;
        Ok(Plan { kernel: choice.kernel, sampler, form: choice.form, tolerance, notes: Vec::new(), choice: Some(choice) })
    }

    fn theory_plan(&self, epsilon: f64, points: usize) -> Result<Plan, KernelError> {
        let learner = &self.learner;
        let mut notes = Vec::new();
        let (kernel, norm) = match (learner.kernel, learner.norm_bound) {
            (Some(kernel), Some(norm)) => (kernel, norm),
            (None, Some(_)) => return Err(KernelError::Name("(none, but --norm-bound is given)".to_owned())),
            (kernel, None) => {
                let plan = self.theory.teacher.plan(epsilon)?;
                let degree = u32::try_from(plan.polynomial.degree()).unwrap_or(u32::MAX).max(1);
                notes.push(format!(
                    "networks {} are within {} of polynomials of degree {degree} with squared norm at most B = {}",
                    self.theory.teacher,
                    approx_f64(plan.polynomial.error * self.theory.teacher.weights),
                    approx_f64(plan.norm)
                ));
                if let Some(kernel) = kernel.filter(|kernel| !matches!(kernel, Kernel::Multinomial { degree: own } if *own >= degree)) {
                    notes.push(format!("that B is for multinomial:{degree}, not for {kernel}, in whose space these networks may have another norm"));
                }
                (kernel.unwrap_or(Kernel::Multinomial { degree }), plan.norm)
            }
        };
        let (form, eta) = if learner.form == Some(FormName::Constrained) {
            (Form::Constrained(norm), constrained::theory_eta(epsilon, norm))
        } else {
            (Form::Ridge(ridge::theory_lambda(epsilon, norm)), ridge::theory_eta(epsilon, norm))
        };
        let sampler = if learner.landmarks.is_some() || learner.sampler == SamplerName::Uniform {
            notes.push(format!("the theory wants landmarks for eta = {}; with a given number of them its guarantee does not hold", approx_f64(eta)));
            learner.fixed_sampler(points)
        } else {
            Sampler::Theory { eta, delta: self.theory.delta }
        };
        Ok(Plan { kernel, sampler, form, tolerance: learner.tolerance.unwrap_or(epsilon / 8.0), notes, choice: None })
    }

    fn check_usage(&self) -> Result<(), CliError> {
        let learner = &self.learner;
        if learner.form == Some(FormName::Constrained) && learner.ridge.is_some() {
            return Err(CliError::Usage("--ridge is a parameter of --form ridge".to_owned()));
        }
        if learner.ridge.is_some() && self.theory.epsilon.is_some() {
            return Err(CliError::Usage("--ridge and --epsilon exclude each other: with --epsilon the theory sets the ridge".to_owned()));
        }
        if learner.form == Some(FormName::Ridge) && learner.norm_bound.is_some() && self.theory.epsilon.is_none() {
            return Err(CliError::Usage(
                "--norm-bound with --form ridge needs --epsilon, from which the theory takes the ridge; or give --ridge".to_owned(),
            ));
        }
        if learner.kernel.is_none() && learner.norm_bound.is_some() && self.theory.epsilon.is_some() {
            return Err(CliError::Usage("--epsilon with --norm-bound needs --kernel; without --norm-bound both follow from --teacher".to_owned()));
        }
        Ok(())
    }
}

pub(super) fn run(args: &FitArgs) -> Result<u8, CliError> {
    args.check_usage()?;
    args.output.check()?;
    args.save_model.iter().try_for_each(|path| check_target(path))?;
    let Loaded { name, data, points: raw, labels: raw_labels, positive } = load(&args.data)?;
    let failed = |error| CliError::kernel(&name, error);
    let runner = args.run.start();
    let features = FeatureMap::fit(&raw, args.scale.scaling());
    let points = features.apply(&raw).map_err(failed)?;
    let map = if args.scale_labels { LabelMap::fit(&raw_labels) } else { LabelMap::IDENTITY };
    let labels = map.apply_all(&raw_labels).map_err(failed)?;

    let start = Instant::now();
    let plan = args.plan(&points, &labels, &runner).map_err(failed)?;
    let keep_on = |phase: &'static str, done: usize, total: usize| runner.keep_on(phase, done, total);
    let fitted = fit(plan.kernel, plan.sampler, plan.form, &points, &labels, args.run.seed, &keep_on).map_err(failed)?;
    let how = (plan.sampler, plan.form, args.run.seed);
    let mut model = Model::new(&fitted, (features, map), (&points, &labels), how, plan.tolerance).map_err(failed)?;
    let seconds = start.elapsed().as_secs_f64();
    drop(runner);
    model.feature_names = data.feature_names.clone();
    model.target_name = data.target_name.clone();
    model.positive = positive;
    if let Some(path) = &args.save_model {
        write(path, &model_to_json(&model))?;
    }
    let report = Report::new(&plan, &fitted, &model, &labels, seconds);
    let text = if args.output.json() {
        serde_json::to_string(&report).expect("strings, numbers and lists") + "\n"
    } else {
        text(&name, args, &plan, &report, &model)
    };
    args.output.write(&text)?;
    Ok(DECIDED)
}

#[derive(Serialize)]
struct Report {
    format: &'static str,
    version: u64,
    points: usize,
    dimension: usize,
    kernel: String,
    form: &'static str,
    parameter: f64,
    sampler: &'static str,
    landmarks_drawn: usize,
    landmarks: usize,
    squared_norm: f64,
    training_error_before_rounding: f64,
    training_error: f64,
    constant_error: f64,
    cross_validation_error: Option<f64>,
    tolerance: f64,
    unit: f64,
    code_bits: usize,
    side_bits: usize,
    size: usize,
    seconds: f64,
    notes: Vec<String>,
}

impl Report {
    fn new(plan: &Plan, fitted: &Fitted, model: &Model, labels: &[f64], seconds: f64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a number of points")]
        let count = labels.len() as f64;
        let mean = labels.iter().sum::<f64>() / count;
        let size = model.size();
        Report {
            format: "relus-kernel-fit",
            version: 1,
            points: model.points,
            dimension: model.landmarks.dimension(),
            kernel: plan.kernel.to_string(),
            form: plan.form.name(),
            parameter: plan.form.parameter(),
            sampler: plan.sampler.name(),
            landmarks_drawn: fitted.drawn,
            landmarks: size.landmarks,
            squared_norm: fitted.squared_norm,
            training_error_before_rounding: fitted.mean_squared,
            training_error: model.record.training_error,
            constant_error: labels.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / count,
            cross_validation_error: plan.choice.as_ref().map(|choice| choice.error),
            tolerance: plan.tolerance,
            unit: model.codes.unit,
            code_bits: size.code_bits,
            side_bits: size.side_bits,
            size: size.total(),
            seconds,
            notes: plan.notes.clone(),
        }
    }
}

fn text(name: &str, args: &FitArgs, plan: &Plan, report: &Report, model: &Model) -> String {
    let mut out = String::new();
    let mut line = |head: &str, rest: String| {
        let _ = writeln!(out, "{head:<16}{rest}");
    };
    line("data", format!("{name}: {} points, {} features, {}", report.points, report.dimension, args.scale.name()));
    line("kernel", report.kernel.clone());
    let symbol = if report.form == "ridge" { "lambda" } else { "B" };
    line("form", format!("{}, {symbol} = {}", report.form, approx_f64(report.parameter)));
    let idle = if report.landmarks_drawn == report.landmarks { String::new() } else { format!(", {} of them independent", report.landmarks) };
    line("landmarks", format!("{}{idle} (sampler {})", report.landmarks_drawn, report.sampler));
    line("squared norm", approx_f64(report.squared_norm));
    line(
        "training error",
        format!(
            "{} (mean square of labels in [0, 1]; {} for the best constant)",
            approx_f64(report.training_error),
            approx_f64(report.constant_error)
        ),
    );
    if let Some(choice) = &plan.choice {
        line("left-out error", format!("{} in cross-validation with {} folds", approx_f64(choice.error), args.learner.folds));
        for (kernel, form, error) in choice.tried.iter().filter(|_| choice.tried.len() > 1) {
            line("", format!("{:<16}{symbol} = {:<14}{}", kernel.to_string(), approx_f64(form.parameter()), approx_f64(*error)));
        }
    }
    let range = if model.labels == LabelMap::IDENTITY {
        String::new()
    } else {
        format!(", labels {} to {}", approx_f64(model.labels.low), approx_f64(model.labels.high))
    };
    line(
        "codes",
        format!(
            "{} bits each, unit {}: values move by at most {}{range}",
            model.codes.width(),
            approx_f64(report.unit),
            approx_f64(report.tolerance)
        ),
    );
    line(
        "size",
        format!("{} = {} landmarks + {} bits of codes + {} of side information", report.size, report.landmarks, report.code_bits, report.side_bits),
    );
    line("seconds", format!("{:.3}", report.seconds));
    for note in &plan.notes {
        line("note", note.clone());
    }
    out
}
