-- The index of the shop. Applied by the harness, or by hand: psql -f seed.sql
CREATE TABLE products (
    id integer PRIMARY KEY,
    name text NOT NULL,
    words tsvector GENERATED ALWAYS AS (to_tsvector('english', name)) STORED
);
INSERT INTO products (id, name)
SELECT n, concat_ws(
    ' ',
    (ARRAY['red', 'green', 'blue', 'white', 'black'])[1 + n % 5],
    (ARRAY['wooden', 'woollen', 'golden', 'paper'])[1 + n / 5 % 4],
    (ARRAY['chair', 'table', 'lamp', 'basket', 'mirror'])[1 + n / 20 % 5],
    'number', n
)
FROM generate_series(1, 10000) AS n;
CREATE INDEX ON products USING gin (words);
ANALYZE products;
