//! Tells the linker of a released binary to keep one copy of functions that are equal: of the generic ones many are. Rust's own linker is asked, which is the default
//! on this platform; elsewhere nothing is said.

fn main() {
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    if is("PROFILE", "release") && is("TARGET", "x86_64-unknown-linux-gnu") {
        println!("cargo:rustc-link-arg-bin=hefu=-Wl,--icf=all");
    }
    println!("cargo:rerun-if-changed=build.rs");
}
