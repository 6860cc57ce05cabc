//! From a row's fields to the ends of its columns.

use super::column::Column;
use serde::ser::{self, Impossible, Serialize};
use std::fmt;

/// A field that its column cannot hold.
#[derive(Debug)]
pub(super) struct Unfit(pub String);

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfit {}

impl ser::Error for Unfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

fn unfit<T>(what: &str) -> Result<T, Unfit> {
    Err(Unfit(format!("a row has a {what}, which no table holds")))
}

macro_rules! refuse {
    ($($method:ident($($type:ty),*) -> $ok:ty, $what:literal;)*) => {
        $(fn $method(self, $(_: $type),*) -> Result<$ok, Unfit> {
            unfit($what)
        })*
    };
}

/// What no row has.
macro_rules! refuse_the_rest {
    () => {
        type Ok = ();
        type Error = Unfit;
        type SerializeSeq = Impossible<(), Unfit>;
        type SerializeTuple = Impossible<(), Unfit>;
        type SerializeTupleStruct = Impossible<(), Unfit>;
        type SerializeTupleVariant = Impossible<(), Unfit>;
        type SerializeMap = Impossible<(), Unfit>;
        type SerializeStructVariant = Impossible<(), Unfit>;

        refuse! {
            serialize_bool(bool) -> (), "truth value";
            serialize_f32(f32) -> (), "floating number";
            serialize_f64(f64) -> (), "floating number";
            serialize_char(char) -> (), "character";
            serialize_bytes(&[u8]) -> (), "piece of bytes";
            serialize_none() -> (), "missing value";
            serialize_unit() -> (), "unit";
            serialize_unit_struct(&'static str) -> (), "unit";
            serialize_unit_variant(&'static str, u32, &'static str) -> (), "variant";
            serialize_seq(Option<usize>) -> Self::SerializeSeq, "list";
            serialize_tuple(usize) -> Self::SerializeTuple, "tuple";
            serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct, "tuple";
            serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant, "variant";
            serialize_map(Option<usize>) -> Self::SerializeMap, "map";
            serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant, "variant";
        }

        fn serialize_some<T: ?Sized + Serialize>(self, _: &T) -> Result<(), Unfit> {
            unfit("optional value")
        }

        fn serialize_newtype_variant<T: ?Sized + Serialize>(
            self,
            _: &'static str,
            _: u32,
            _: &'static str,
            _: &T,
        ) -> Result<(), Unfit> {
            unfit("variant")
        }

        fn is_human_readable(&self) -> bool {
            false
        }
    };
}

/// Takes a struct apart: its fields are the columns in their order.
pub(super) struct Row<'c> {
    columns: std::slice::IterMut<'c, Column>,
}

impl<'c> Row<'c> {
    pub fn new(columns: &'c mut [Column]) -> Self {
        Self { columns: columns.iter_mut() }
    }
}

impl ser::Serializer for Row<'_> {
    type SerializeStruct = Self;

    refuse_the_rest!();

    refuse! {
        serialize_i8(i8) -> (), "bare number";
        serialize_i16(i16) -> (), "bare number";
        serialize_i32(i32) -> (), "bare number";
        serialize_i64(i64) -> (), "bare number";
        serialize_u8(u8) -> (), "bare number";
        serialize_u16(u16) -> (), "bare number";
        serialize_u32(u32) -> (), "bare number";
        serialize_u64(u64) -> (), "bare number";
        serialize_str(&str) -> (), "bare text";
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Unfit> {
        value.serialize(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Unfit> {
        Ok(self)
    }
}

impl ser::SerializeStruct for Row<'_> {
    type Ok = ();
    type Error = Unfit;

    #[inline]
    fn serialize_field<T: ?Sized + Serialize>(&mut self, key: &'static str, value: &T) -> Result<(), Unfit> {
        match self.columns.next() {
            Some(column) => value.serialize(Cell { column }),
            None => Err(Unfit(format!("{key} has no column"))),
        }
    }

    fn end(self) -> Result<(), Unfit> {
        match self.columns.len() {
            0 => Ok(()),
            missing => Err(Unfit(format!("{missing} columns have no field"))),
        }
    }
}

/// One field on its way into its column.
struct Cell<'c> {
    column: &'c mut Column,
}

macro_rules! numbers {
    ($($method:ident: $type:ty),*) => {
        $(#[inline]
        fn $method(self, value: $type) -> Result<(), Unfit> {
            self.column.put(value.to_le_bytes()).map_err(Unfit)
        })*
    };
}

impl ser::Serializer for Cell<'_> {
    type SerializeStruct = Impossible<(), Unfit>;

    refuse_the_rest!();

    refuse! {
        serialize_struct(&'static str, usize) -> Self::SerializeStruct, "struct in a struct";
    }

    numbers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), Unfit> {
        self.column.put_text(value).map_err(Unfit)
    }

    #[inline]
    fn serialize_newtype_struct<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Unfit> {
        value.serialize(self)
    }
}
