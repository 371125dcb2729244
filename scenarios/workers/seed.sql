-- The table that every variant reads by key. Applied by the harness, or by hand: psql -f seed.sql
CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, email text NOT NULL);
INSERT INTO users SELECT n, 'user ' || n, 'user' || n || '@example.org' FROM generate_series(1, 1000) AS n;
ANALYZE users;
