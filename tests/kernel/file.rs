//! The model's file: read back to the last bit, and everything that is wrong with one is told.

use crate::{KERNELS, ball, kernel, labels};
use relus::instance::Source;
use relus::kernel::fit::{Form, Sampler, fit};
use relus::kernel::json::{model_to_json, read_model};
use relus::kernel::model::Model;
use relus::kernel::scaling::{FeatureMap, FeatureScaling, LabelMap};
use relus::kernel::{KernelError, Points};
use serde_json::{Value, json};

fn model(seed: u64) -> (Model, Points) {
    let raw = Points::new(3, 40, ball(40, 3, seed).coordinates().iter().map(|x| 17.3 * x + 5.0).collect()).unwrap();
    let features = FeatureMap::fit(&raw, FeatureScaling::Standardise);
    let points = features.apply(&raw).unwrap();
    let y = labels(&points, seed);
    let how = (Sampler::Scores(9), Form::Ridge(1.0 / 3.0 * 1e-3), seed);
    let fitted = fit(kernel(KERNELS[seed as usize % KERNELS.len()]), how.0, how.1, &points, &y, seed, &|_, _, _| true).unwrap();
    let mut model = Model::new(&fitted, (features, LabelMap { low: -1.0 / 3.0, high: 7.1 }), (&points, &y), how, 1e-3).unwrap();
    model.feature_names = vec!["a".to_owned(), "b \"c\"".to_owned(), "d".to_owned()];
    model.target_name = Some("y".to_owned());
    (model, raw)
}

/// Origin: the definition of a round trip.
#[test]
fn models_are_read_as_they_were_written() {
    for seed in 0..24 {
        let (model, raw) = model(seed);
        let text = model_to_json(&model);
        let read = read_model(&Source::new("model.json", text.as_str())).unwrap();
        assert_eq!(read, model);
        assert_eq!(model_to_json(&read), text);
        assert_eq!(read.predict(&raw).unwrap(), model.predict(&raw).unwrap());
        assert!(read.is_fitted_to(&raw) && !read.is_fitted_to(&ball(40, 3, seed)));
        // Predictions are on the labels' scale.
        let predictions = read.predict(&raw).unwrap();
        assert!(predictions.labels.iter().all(|label| (-0.334..=7.1).contains(label)) && predictions.moved == 0);
    }
}

/// Points far away are moved to the ball's surface if features are scaled, and refused otherwise.
#[test]
fn points_outside_the_ball() {
    let (mut model, _) = model(0);
    let far = Points::new(3, 2, vec![1e6, 0.0, 0.0, 5.0, 5.0, 5.0]).unwrap();
    assert_eq!(model.predict(&far).unwrap().moved, 1);
    model.features = FeatureMap::default();
    assert!(matches!(model.predict(&far), Err(KernelError::OutsideBall { point: 1, .. })));
    assert!(matches!(model.predict(&ball(3, 2, 0)), Err(KernelError::Length { found: 2, expected: 3 })));
}

/// One change for each reason of refusal.
#[test]
fn files_that_are_no_models() {
    let text = model_to_json(&model(0).0);
    let original: Value = serde_json::from_str(&text).unwrap();
    let read = |value: &Value| read_model(&Source::new("m.json", value.to_string())).map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(read(&original), Ok(()));
    let changed = |pointer: &str, new: Value| {
        let mut value = original.clone();
        *value.pointer_mut(pointer).unwrap() = new;
        read(&value).unwrap_err()
    };
    for (pointer, new, expected) in [
        ("/format", json!("relus-network"), "relus-kernel-model"),
        ("/version", json!(2), "version"),
        ("/kernel", json!("cosine"), "no kernel"),
        ("/dimension", json!(2), "features.shift"),
        ("/features/shift", json!([1, 2]), "features.shift"),
        ("/labels/high", json!(-5), "labels"),
        ("/unit", json!(0), "unit"),
        ("/unit", json!("x"), "number"),
        ("/landmarks/0/index", json!(0), "landmarks[0].index"),
        ("/landmarks/0/index", json!(41), "landmarks[0].index"),
        ("/landmarks/1/x", json!([0.1, 0.2]), "landmarks[1].x"),
        ("/landmarks/1/x/0", json!(3), "norm"),
        ("/landmarks/1/code", json!(0.5), "0.5"),
        ("/landmarks", json!([]), "no data points"),
        ("/fit/seed", json!(-1), "expected u64"),
    ] {
        let message = changed(pointer, new);
        assert!(message.starts_with("m.json") && message.contains(expected), "{pointer}: {message}");
    }
    let mut more = original.clone();
    more["extra"] = json!(1);
    assert!(read(&more).unwrap_err().contains("extra"));
    let mut less = original.clone();
    less.as_object_mut().unwrap().remove("tolerance");
    assert!(read(&less).unwrap_err().contains("tolerance"));
    let huge = text.replace("\"tolerance\":0.001", "\"tolerance\":1e999");
    assert!(read_model(&Source::new("m.json", huge)).unwrap_err().to_string().contains("beyond the range"));
}
