//! Node's link arguments. Among them is `nodelete`: a worker that ends must not unload the code that threads still run.

fn main() {
    napi_build::setup();
}
