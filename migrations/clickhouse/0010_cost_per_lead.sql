-- CPL: what a click pays for each lead. Clicks of before keep their model.
ALTER TABLE clicks MODIFY COLUMN IF EXISTS conversion_model
    Enum8('none' = 0, 'per_conversion' = 1, 'revenue_share' = 2, 'per_lead' = 3);
