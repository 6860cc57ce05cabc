//! Databases for tests.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

/// Writes small databases in MaxMind's format, version 2 (<https://maxmind.github.io/MaxMind-DB/>), with records of 24 bits.
pub(crate) struct Writer {
    v6: bool,
    nodes: Vec<[Target; 2]>,
    data: Vec<u8>,
}

#[derive(Clone, Copy)]
pub(crate) enum Target {
    Nothing,
    Node(usize),
    Data(usize),
}

impl Writer {
    pub(crate) fn new(v6: bool) -> Self {
        Self { v6, nodes: vec![[Target::Nothing; 2]], data: Vec::new() }
    }

    pub(crate) fn add(mut self, address: &str, prefix: u32, record: &serde_json::Value) -> Self {
        let offset = self.data.len();
        encode(record, &mut self.data);
        let (bits, width) = match address.parse().unwrap() {
            IpAddr::V4(ip) if self.v6 => (u128::from(u32::from(ip)), 128),
            IpAddr::V4(ip) => (u128::from(u32::from(ip)) << 96, 32),
            IpAddr::V6(ip) => (u128::from(ip), 128),
        };
        let (bits, prefix) =
            if width == 128 && address.contains('.') { (bits, prefix + 96) } else { (bits, prefix) };
        let mut node = 0;
        for depth in 0..prefix {
            let side = (bits >> (127 - depth) & 1) as usize;
            if depth + 1 == prefix {
                self.nodes[node][side] = Target::Data(offset);
                break;
            }
            node = match self.nodes[node][side] {
                Target::Node(next) => next,
                _ => {
                    self.nodes.push([Target::Nothing; 2]);
                    let next = self.nodes.len() - 1;
                    self.nodes[node][side] = Target::Node(next);
                    next
                }
            };
        }
        self
    }

    pub(crate) fn write(self, path: &Path) -> PathBuf {
        std::fs::write(path, self.bytes()).unwrap();
        path.to_owned()
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        let count = self.nodes.len();
        let mut out = Vec::new();
        for target in self.nodes.iter().flatten() {
            let value = match target {
                Target::Nothing => count,
                Target::Node(next) => *next,
                Target::Data(offset) => count + 16 + offset,
            };
            out.extend(&(value as u32).to_be_bytes()[1..]);
        }
        out.extend([0; 16]);
        out.extend(&self.data);
        out.extend(b"\xab\xcd\xefMaxMind.com");
        let metadata = serde_json::json!({
            "node_count": count, "record_size": 24, "ip_version": if self.v6 { 6 } else { 4 }, "database_type": "Test",
            "languages": ["en"], "binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": 1_790_000_000,
            "description": {"en": "test"}
        });
        encode(&metadata, &mut out);
        out
    }
}

fn encode(value: &serde_json::Value, out: &mut Vec<u8>) {
    let mut control = |kind: u8, size: usize| {
        let (small, rest): (u8, Vec<u8>) = match size {
            0..29 => (size as u8, vec![]),
            29..285 => (29, vec![(size - 29) as u8]),
            _ => (30, ((size - 285) as u16).to_be_bytes().to_vec()),
        };
        if kind > 7 {
            out.extend([small, kind - 7]);
        } else {
            out.push(kind << 5 | small);
        }
        out.extend(rest);
    };
    match value {
        serde_json::Value::String(text) => {
            control(2, text.len());
            out.extend(text.as_bytes());
        }
        serde_json::Value::Number(number) if number.is_f64() => {
            control(3, 8);
            out.extend(number.as_f64().unwrap().to_be_bytes());
        }
        serde_json::Value::Number(number) => {
            let bytes = (number.as_u64().unwrap() as u32).to_be_bytes();
            control(6, 4);
            out.extend(bytes);
        }
        serde_json::Value::Object(fields) => {
            control(7, fields.len());
            for (name, value) in fields {
                encode(&name.as_str().into(), out);
                // The format demands these widths of its own fields.
                match name.as_str() {
                    "record_size"
                    | "ip_version"
                    | "binary_format_major_version"
                    | "binary_format_minor_version" => {
                        out.push(5 << 5 | 2);
                        out.extend((value.as_u64().unwrap() as u16).to_be_bytes());
                    }
                    "build_epoch" => {
                        out.extend([8, 2]);
                        out.extend(value.as_u64().unwrap().to_be_bytes());
                    }
                    _ => encode(value, out),
                }
            }
        }
        serde_json::Value::Array(items) => {
            control(11, items.len());
            items.iter().for_each(|item| encode(item, out));
        }
        serde_json::Value::Bool(value) => control(14, usize::from(*value)),
        serde_json::Value::Null => panic!("the format has no null"),
    }
}
