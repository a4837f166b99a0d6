//! Emits the format's module into `OUT_DIR`.

fn main() -> Result<(), gpt_codegen::BuildError> {
    gpt_codegen::Build::new().format("toy_gpu.yaml").emit()
}
