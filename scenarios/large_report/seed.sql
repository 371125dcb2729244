-- The sales that a report counts. Applied by the harness, or by hand: psql -f seed.sql
CREATE TABLE sales (month integer, shop integer, product integer, weekday integer, cents integer);
INSERT INTO sales SELECT n % 12, n % 50, n % 200, n % 7, n * 7919 % 1000 FROM generate_series(1, 20000) AS n;
ANALYZE sales;
