use super::*;

#[test]
fn the_defaults_load() {
    Settings::default();
}
