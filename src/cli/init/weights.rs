//! `relus init weights`: weights for other programs.

use super::super::DECIDED;
use super::super::error::CliError;
use super::super::output::{check_target, has_extension, write_bytes};
use super::options::NetworkArgs;
use clap::Args;
use relus::init::{Precision, Units, draw_network, parameters, to_npz, to_safetensors};
use std::path::PathBuf;

/// Draw the weights of a network and write them for PyTorch or NumPy
///
/// The tensors are named as those of torch.nn.Sequential(Linear, ReLU, Linear, …): 0.weight, 0.bias, 2.weight, …; the last layer is linear. A weight matrix has one row a unit.
///
/// Schemes that share weights: hidden layers have even widths, the first layer is [W0; -W0], the hidden ones are [[W0, -W0], [-W0, W0]] and the last is [W0, -W0], without biases. Weights are equal at the start only; training changes
/// them independently. With gsm-orthogonal the network keeps lengths and angles if the numbers N0, N1/2, N2/2, … and the last width never fall; if they never rise, it is a projection with all singular values 1.
///
/// Examples:
///   relus init weights --widths 784,100x50,10 --scheme gsm-orthogonal --out weights.safetensors
///   relus init weights --widths 64,100x5,10 --scheme he --seed 3 --double --out weights.npz
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in super::super) struct WeightsArgs {
    #[command(flatten)]
    network: NetworkArgs,
    /// The file; its name ends in .npz or .safetensors
    #[arg(short, long, alias = "output", value_name = "FILE")]
    out: PathBuf,
    /// 64-bit floats [default: 32-bit]
    #[arg(long)]
    double: bool,
    /// The seed
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
}

pub(in super::super) fn run(args: &WeightsArgs) -> Result<u8, CliError> {
    const MOST: f64 = 2e9;
    let ensemble = args.network.ensemble_with(Units::Linear)?;
    let (npz, safetensors) = (has_extension(&args.out, "npz"), has_extension(&args.out, "safetensors"));
    if !npz && !safetensors {
        return Err(CliError::Usage(format!("{}: the name of a file of weights ends in .npz or .safetensors", args.out.display())));
    }
    if parameters(&ensemble) > MOST {
        return Err(CliError::Usage(format!("{:.3e} weights: at most {MOST:e} are drawn", parameters(&ensemble))));
    }
    check_target(&args.out)?;
    let network = draw_network(&ensemble, args.seed);
    let precision = if args.double { Precision::Double } else { Precision::Single };
    let bytes = if npz {
        to_npz(&network, precision)?
    } else {
        let metadata = [
            ("format", "pt".to_owned()),
            ("generator", "relus init weights".to_owned()),
            ("widths", ensemble.widths().to_string()),
            ("scheme", ensemble.scheme().name().to_owned()),
            ("seed", args.seed.to_string()),
        ];
        to_safetensors(&network, precision, &metadata)?
    };
    write_bytes(&args.out, &bytes)?;
    Ok(DECIDED)
}
