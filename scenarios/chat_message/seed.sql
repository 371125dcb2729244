-- The messages of all rooms. Applied by the harness, or by hand: psql -f seed.sql
CREATE TABLE messages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    room integer NOT NULL,
    number integer NOT NULL,
    text text NOT NULL
);
