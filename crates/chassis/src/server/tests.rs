use super::*;

#[test]
fn placeholder_bind() {
    bind("x", "127.0.0.1:0".parse().unwrap()).unwrap();
}
