-- Each pair that is written clears this table of what is long past: by age, not by reading all of it.
CREATE INDEX integrity_own_by_age ON integrity_own (since);
