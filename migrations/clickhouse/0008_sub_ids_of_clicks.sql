-- Which sub ids a click has, one bit each from sub id 1: an attribution reads only the columns of those (docs/adr/0020). Clicks that were written
-- before, or by the writer before, get theirs from the columns.
ALTER TABLE clicks ADD COLUMN IF NOT EXISTS sub_ids_set UInt32
    DEFAULT toUInt32(arraySum((value, place) -> if(value = '', 0, bitShiftLeft(toUInt32(1), place)),
        [sub_id_1, sub_id_2, sub_id_3, sub_id_4, sub_id_5, sub_id_6, sub_id_7, sub_id_8, sub_id_9, sub_id_10, sub_id_11, sub_id_12, sub_id_13, sub_id_14, sub_id_15, sub_id_16, sub_id_17, sub_id_18, sub_id_19, sub_id_20, sub_id_21, sub_id_22, sub_id_23, sub_id_24, sub_id_25, sub_id_26, sub_id_27, sub_id_28, sub_id_29, sub_id_30], range(30))) CODEC(ZSTD(1));
ALTER TABLE clicks MATERIALIZE COLUMN sub_ids_set;
