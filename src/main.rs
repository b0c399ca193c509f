//! The command `relus`: a thin shell over the library; see `relus --help`.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
