//! Runs a static NeuroLite file on texts in one engine: `engines ENGINE MODEL TEXTS BYTES`.
//!
//! TEXTS has BYTES bytes for each text. Prints the first output of each, its numbers with spaces between them.

use std::{env, error::Error, fs};
use rten_tensor::AsView;
use tract_onnx::prelude::*;

type Answers = Result<Vec<Vec<f32>>, Box<dyn Error>>;

fn by_rten(model: &str, texts: &[u8], size: usize) -> Answers {
    let model = rten::Model::load_file(model)?;
    let mut found = Vec::new();
    for text in texts.chunks(size) {
        let input = rten_tensor::Tensor::<u8>::from_data(&[1, size], text.to_vec());
        let output = model.run(
            vec![(model.input_ids()[0], input.into())],
            &model.output_ids()[..1],
            None,
        )?;
        let values: rten_tensor::Tensor<f32> = output.into_iter().next().ok_or("no output")?.try_into()?;
        found.push(values.to_vec());
    }
    Ok(found)
}

fn by_tract(model: &str, texts: &[u8], size: usize) -> Answers {
    let model = tract_onnx::onnx()
        .model_for_path(model)?
        .into_optimized()?
        .into_runnable()?;
    let mut found = Vec::new();
    for text in texts.chunks(size) {
        let input = Tensor::from_shape(&[1, size], text)?;
        let output = model.run(tvec!(input.into()))?;
        found.push(output[0].to_plain_array_view::<f32>()?.iter().copied().collect());
    }
    Ok(found)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().collect();
    let [_, engine, model, texts, size] = arguments.as_slice() else {
        return Err("usage: engines ENGINE MODEL TEXTS BYTES".into());
    };
    let (texts, size) = (fs::read(texts)?, size.parse::<usize>()?);
    let run = match engine.as_str() {
        "rten" => by_rten,
        "tract" => by_tract,
        _ => return Err("ENGINE is rten or tract".into()),
    };
    for answer in run(model, &texts, size)? {
        let words: Vec<String> = answer.iter().map(|value| format!("{value:e}")).collect();
        println!("{}", words.join(" "));
    }
    Ok(())
}
