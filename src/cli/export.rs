//! `relus export`: the mixed-integer programs of an instance, for other solvers.

use super::DECIDED;
use super::data::DataArgs;
use super::error::CliError;
use super::numbers::positive;
use super::output::{check_target, write};
use super::train::{ProblemArgs, load};
use clap::{Args, ValueEnum};
use relus::exact::Rational;
use relus::train::milp::{Milp, MilpModel, write_lp, write_mps};
use std::path::{Path, PathBuf};

/// Write the mixed-integer linear programs of a training problem for other solvers
///
/// For the losses l1, linf and zero-one. A ReLU problem has one program for each number of positive
/// output weights, and its optimum is the least of theirs: with -o model.mps they become
/// model-1.mps, model-2.mps and so on.
///
/// Examples:
///   relus export data.csv --width 1 --loss l1 --to lp -o model.lp
///   relus export data.csv --width 2 --loss linf --to mps --model 1 > first.mps
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    problem: ProblemArgs,
    /// The format: free MPS or CPLEX LP
    #[arg(long, value_enum, help_heading = "Output")]
    to: Format,
    /// Write only this program, counted from 1 [default: all]
    #[arg(long, value_name = "I", help_heading = "Output")]
    model: Option<usize>,
    /// Bound the weights by this magnitude [default: a bound that is valid for the data]
    #[arg(long, value_name = "Q", value_parser = positive, allow_hyphen_values = true, help_heading = "Problem")]
    weight_bound: Option<Rational>,
    /// Write to FILE (numbered if there are several programs) [default: standard output]
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Mps,
    Lp,
}

pub(super) fn run(args: &ExportArgs) -> Result<u8, CliError> {
    let loaded = load(&args.data, &args.problem)?;
    args.output.iter().try_for_each(|path| check_target(path))?;
    let milp = Milp { weight_bound: args.weight_bound.clone(), ..Milp::default() };
    let mut models = milp.models(&loaded.instance)?;
    let count = models.len();
    if let Some(chosen) = args.model {
        if !(1..=count).contains(&chosen) {
            return Err(CliError::Usage(format!("--model {chosen}: this problem has the programs 1 to {count}")));
        }
        models = vec![models.swap_remove(chosen - 1)];
    }
    let mut texts = models.iter().map(|model| text(model, args.to)).collect::<Result<Vec<_>, _>>()?;
    match (&args.output, texts.len()) {
        (output, 1) => write(output.as_deref().unwrap_or(Path::new("-")), &texts.remove(0))?,
        (Some(path), _) => {
            for (i, text) in texts.iter().enumerate() {
                write(&numbered(path, i + 1), text)?;
            }
        }
        (None, _) => {
            let hint = format!("this problem has {count} programs: choose one with --model I (1 to {count}), or write all with -o FILE");
            return Err(CliError::Usage(hint));
        }
    }
    Ok(DECIDED)
}

fn text(model: &MilpModel, format: Format) -> Result<String, CliError> {
    let mut bytes = Vec::new();
    match format {
        Format::Mps => write_mps(model, &mut bytes)?,
        Format::Lp => write_lp(model, &mut bytes)?,
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `model.mps` → `model-2.mps`.
fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number}"));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}
