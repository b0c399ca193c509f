//! The command line: one file a command, on top of the library.

mod arrangement;
mod check;
mod completions;
mod data;
mod error;
mod eval;
mod experiment;
mod export;
mod generate;
mod init;
#[cfg(feature = "dense")]
mod kernel;
mod limits;
mod numbers;
mod output;
mod plot;
mod progress;
mod reduce;
mod report;
mod rules;
mod solve;
mod train;
mod verify;
mod width;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Everything was decided or done as asked.
const DECIDED: u8 = 0;
/// A limit came before the proof.
const LIMIT: u8 = 3;

/// Find the globally best two-layer ReLU or threshold network for a data file, and prove that it is.
///
/// A network of width K computes f(x) = c + a1·s(w1·x + b1) + … + aK·s(wK·x + bK), where s(z) is max(0, z) (ReLU, with every a = +1 or -1) or 1 for z > 0 and 0
/// otherwise (threshold). relus looks for the one with the smallest loss among all of them. All numbers are exact: 0.1 in a file is 1/10, and the loss that
/// is printed is a fraction.
#[derive(Debug, Parser)]
#[command(name = "relus", version, max_term_width = 110, after_long_help = AFTER)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER: &str = "\
Examples:
  relus train data.csv --width 1                    the best single neuron for the last column
  relus train data.csv --width 2 --loss l1 --json   least absolute deviations, as JSON
  relus width data.csv                              the fewest neurons that fit without error
  relus eval network.json data.csv                  the exact loss of a network
  relus check result.json data.csv                  verify a result independently
  relus arrangement data.csv --target y             the activation patterns of the data
  relus kernel spectrum data.csv --scale ball       what a kernel learner can hope for
  relus plot reduction poits-relu formula.cnf -o p.svg   a picture of a hardness reduction
  relus plot network network.json data.csv -o p.svg   data, breaklines and level lines
  relus experiment run all --out results            studies of what is hard, with figures and a report
  relus init moments --widths 784,100x50,10   the exact law of signals at initialisation
  relus generate teacher -n 20 -o planted.json      an instance to try things with

Exit codes:
  0  decided or proven as asked
  2  wrong usage
  3  stopped at a limit without the proof (the result is still printed)
  4  bad input (nothing is written)
  5  a check failed";

#[derive(Debug, Subcommand)]
enum Command {
    Train(Box<train::TrainArgs>),
    Check(check::CheckArgs),
    Eval(eval::EvalArgs),
    Arrangement(arrangement::ArrangementArgs),
    Export(export::ExportArgs),
    Reduce(reduce::ReduceArgs),
    Lift(reduce::LiftArgs),
    Pull(reduce::PullArgs),
    Width(width::WidthArgs),
    Verify(verify::VerifyArgs),
    Solve(solve::SolveArgs),
    #[command(subcommand)]
    Plot(plot::PlotCommand),
    #[command(subcommand)]
    Experiment(experiment::ExperimentCommand),
    #[command(subcommand)]
    Init(Box<init::InitCommand>),
    #[cfg(feature = "dense")]
    #[command(subcommand)]
    Kernel(kernel::KernelCommand),
    #[command(subcommand)]
    Generate(generate::GenerateCommand),
    Completions(completions::CompletionsArgs),
}

/// Runs the command that the process was started with.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Train(args) => train::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Arrangement(args) => arrangement::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Reduce(args) => reduce::reduce(&args),
        Command::Lift(args) => reduce::lift(&args),
        Command::Pull(args) => reduce::pull(&args),
        Command::Width(args) => width::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Solve(args) => solve::run(&args),
        Command::Plot(command) => plot::run(&command),
        Command::Experiment(command) => experiment::run(&command),
        Command::Init(command) => init::run(&command),
        #[cfg(feature = "dense")]
        Command::Kernel(command) => kernel::run(&command),
        Command::Generate(command) => generate::run(&command),
        Command::Completions(args) => completions::run(&args),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        // Whoever reads our output has seen enough.
        Err(error) if error.is_broken_pipe() => ExitCode::from(DECIDED),
        Err(error) => {
            // If standard error is closed too, there is nobody left to tell.
            let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{error}\n"));
            ExitCode::from(error.exit_code())
        }
    }
}
