//! One suite, every adapter: what a store promises is checked on SQLite and, when `TEST_MONGODB_URI` names a
//! server, on MongoDB (or FerretDB, see `tools/ferretdb.sh`) in the same words.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

#[path = "support/stores.rs"]
mod stores;
#[path = "contract/suite.rs"]
mod suite;

macro_rules! contract {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    let home = tempfile::tempdir().unwrap();
                    let store = super::stores::sqlite(&home, &[&super::stores::THINGS]).await;
                    super::suite::$name(&store).await;
                    store.close().await;
                }
            )+
        }
        mod mongodb {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    let Some((store, database)) = super::stores::mongodb(&[&super::stores::THINGS]).await else { return };
                    super::suite::$name(&store).await;
                    database.drop_database().await.unwrap();
                    store.close().await;
                }
            )+
        }
    };
}

contract!(
    documents_are_made_read_changed_and_deleted,
    the_mark_changes_with_every_write_and_only_then,
    a_unique_value_is_given_once_to_32_at_once,
    an_id_is_given_once_to_32_at_once,
    two_hundred_contended_increments_lose_nothing,
    of_many_deletions_one_succeeds,
    a_replacement_cannot_take_a_taken_value,
    a_key_reaches_as_far_as_it_says,
    missing_values_take_no_part_in_unique_keys,
    null_values_take_no_part_in_unique_keys,
    pages_are_stable_under_inserts,
    pages_by_a_path_with_many_ties_are_complete,
    ranges_are_half_open,
    booleans_numbers_and_texts_can_be_asked_for,
    workspaces_do_not_see_each_other,
    big_documents_come_back,
    documents_beyond_the_limits_are_refused,
    odd_text_comes_back,
    numbers_come_back_exactly,
    undeclared_questions_are_refused,
    cursors_survive_their_text_form,
    making_collections_again_adds_what_is_new,
    counts_stop_where_asked,
);
