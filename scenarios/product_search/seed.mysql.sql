-- What the shop has and sold. Applied by the harness, or by hand: mariadb < seed.mysql.sql
CREATE TABLE digits (digit INT);
INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9);
CREATE TABLE items (id INT PRIMARY KEY, stock INT NOT NULL, sold INT NOT NULL, KEY (sold));
INSERT INTO items
SELECT id, id * 31 % 100, id * 7919 % 10007
FROM (
    SELECT 1 + a.digit + 10 * b.digit + 100 * c.digit + 1000 * d.digit AS id
    FROM digits AS a, digits AS b, digits AS c, digits AS d
) AS numbers;
DROP TABLE digits;
