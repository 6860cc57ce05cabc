//! A column with the name beside each column with an id, and beside that of statuses: words and ids stay what they are, whatever a
//! workspace calls them later.

use super::{Column, kind};
use crate::{
    app::App,
    error::ApiError,
    handlers::names::{Kind as Entity, Names, Wanted, words_named_by_workspaces},
    report::entity,
};
use signalbox_domain::Scope;
use signalbox_warehouse::{Cell, ExportColumn, ExportKind};
use std::collections::HashMap;

/// Names remembered at one time; beyond, they are looked up anew.
const NAMES_MAX: usize = 100_000;

/// Looks names up as ids come by.
pub struct NameCache {
    app: App,
    scope: Scope,
    columns: Vec<(ExportColumn, Option<Entity>)>,
    known: HashMap<(Entity, String), String>,
}

impl NameCache {
    pub fn new(app: App, scope: Scope, columns: &[ExportColumn]) -> Self {
        let entity = |column: &ExportColumn| match column.kind {
            ExportKind::Id(of) => entity(of),
            ExportKind::Text => words_named_by_workspaces(&column.key),
            _ => None,
        };
        let columns = columns.iter().map(|column| (column.clone(), entity(column))).collect();
        Self { app, scope, columns, known: HashMap::new() }
    }

    /// The columns with those of names.
    pub fn columns(&self) -> Vec<Column> {
        let mut columns = Vec::new();
        for (column, entity) in &self.columns {
            columns.push(Column { name: column.key.clone(), kind: kind(column.kind) });
            if entity.is_some() {
                columns.push(Column { name: format!("{}_name", column.key), kind: super::Kind::Text });
            }
        }
        columns
    }

    /// The rows with names.
    pub async fn add(&mut self, rows: Vec<Vec<Cell>>) -> Result<Vec<Vec<Cell>>, ApiError> {
        let mut wanted = Wanted::default();
        let mut new = Vec::new();
        for row in &rows {
            for ((_, entity), cell) in self.columns.iter().zip(row) {
                if let (Some(entity), Cell::Text(id)) = (entity, cell) {
                    let key = (*entity, id.clone());
                    if !self.known.contains_key(&key) {
                        wanted.add(*entity, id.clone());
                        new.push(key);
                    }
                }
            }
        }
        if !new.is_empty() {
            let names = Names::look_up(&self.app, &self.scope, wanted).await?;
            if self.known.len() + new.len() > NAMES_MAX {
                self.known.clear();
            }
            self.known.extend(new.into_iter().map(|key| {
                let name = names.of(key.0, &key.1);
                (key, name)
            }));
        }
        Ok(rows.into_iter().map(|row| self.with_names(row)).collect())
    }

    fn with_names(&self, row: Vec<Cell>) -> Vec<Cell> {
        let mut cells = Vec::with_capacity(row.len() * 2);
        for ((_, entity), cell) in self.columns.iter().zip(row) {
            let name = entity.map(|entity| match &cell {
                Cell::Text(id) => {
                    let known = self.known.get(&(entity, id.clone()));
                    known.cloned().map_or(Cell::Null, Cell::Text)
                }
                _ => Cell::Null,
            });
            cells.push(cell);
            cells.extend(name);
        }
        cells
    }
}
