//! What the catalog promises on top of a store, on SQLite and (with `TEST_MONGODB_URI`) on MongoDB.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "catalog/queue.rs"]
mod queue;
#[path = "catalog/reporting.rs"]
mod reporting;
#[path = "support/samples.rs"]
mod samples;
#[path = "catalog/state.rs"]
mod state;
#[path = "support/stores.rs"]
mod stores;
#[path = "catalog/suite.rs"]
mod suite;

macro_rules! catalog_tests {
    ($($module:ident: $($name:ident),+;)+) => {
        mod sqlite {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    let home = tempfile::tempdir().unwrap();
                    let catalog = signalbox_catalog::Catalog::new(crate::stores::sqlite(&home, &[]).await);
                    catalog.prepare().await.unwrap();
                    crate::$module::$name(&catalog).await;
                    catalog.store().close().await;
                }
            )+)+
        }
        mod mongodb {
            $($(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    let Some((store, database)) = crate::stores::mongodb(&[]).await else { return };
                    let catalog = signalbox_catalog::Catalog::new(store);
                    catalog.prepare().await.unwrap();
                    crate::$module::$name(&catalog).await;
                    database.drop_database().await.unwrap();
                    catalog.store().close().await;
                }
            )+)+
        }
    };
}

catalog_tests! {
    suite:
        an_entity_lives_its_life,
        roles_and_workspaces_are_kept_apart,
        broken_entities_and_references_are_refused_by_field,
        a_thing_in_use_says_where,
        links_are_unique_where_they_would_meet,
        lists_page_through_everything,
        the_revision_rises_with_each_change_of_configuration,
        one_bad_document_never_fails_the_feed,
        people_and_programs_are_found_by_what_they_show,
        a_workspace_with_content_is_not_deleted,
        secrets_are_sealed_where_there_is_a_vault;
    reporting:
        a_correction_of_costs_is_stored_once_and_found_while_it_waits,
        names_outlive_what_they_named,
        own_metrics_and_links_are_told_apart,
        recurring_work_is_done_by_one_and_remembered_by_workspace;
    state:
        sessions_are_found_ended_and_forgotten,
        the_setup_token_works_once,
        a_secret_is_made_once_for_all_nodes,
        the_instance_keeps_its_identity,
        newer_data_is_not_touched,
        named_documents_change_by_compare_and_set,
        live_state_is_told_by_version,
        erased_clicks_are_known_by_workspace_and_told_to_nobody,
        records_are_found_by_click_time_and_outbox;
    queue:
        a_delivery_is_queued_once,
        two_workers_never_hold_the_same_delivery,
        a_dead_worker_gives_its_deliveries_back,
        failures_wait_and_are_given_up,
        one_output_can_be_served_alone,
        what_is_due_names_its_outputs_and_stays,
        the_queue_can_be_watched_and_cleaned,
        an_operator_sends_again,
        deliveries_of_a_conversion_are_forgotten;
}
