"""The catalog's schema, as numbered steps. A step that was released never changes; a change is a new step.

Images and artworks carry a number beside their id: joins over numbers are three times as fast as over hashes, and
the numbers grow in the order of arrival. There are no foreign keys: DuckDB rewrites a row on update, which a foreign
key on it would refuse.
"""

MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE images (
        number          BIGINT NOT NULL,        -- order of arrival
        sha256          VARCHAR PRIMARY KEY,    -- of the original bytes
        suffix          VARCHAR NOT NULL,       -- of the stored file, without the dot
        format          VARCHAR NOT NULL,
        width           INTEGER NOT NULL CHECK (width > 0),     -- pixels, upright
        height          INTEGER NOT NULL CHECK (height > 0),
        bytes           BIGINT NOT NULL,
        phash           UBIGINT,
        brightness      FLOAT,                  -- the measures: see core.image_measures
        brightness_p1   FLOAT,
        brightness_p5   FLOAT,
        brightness_p95  FLOAT,
        brightness_p99  FLOAT,
        contrast        FLOAT,
        deviation       FLOAT,
        colourfulness   FLOAT,
        entropy         FLOAT,
        sharpness       FLOAT,
        palette         VARCHAR[] NOT NULL,     -- "#rrggbb", the most frequent first
        notes           VARCHAR[] NOT NULL,     -- what had to be assumed when it was read
        added_at        TIMESTAMP NOT NULL      -- UTC, like all times here
    );

    CREATE TABLE artworks (
        number          BIGINT NOT NULL,
        id              VARCHAR PRIMARY KEY,    -- see core.catalog.ledger.artwork_id
        image_number    BIGINT NOT NULL,
        source          VARCHAR NOT NULL,
        source_id       VARCHAR NOT NULL,
        title           VARCHAR NOT NULL,
        artist          VARCHAR NOT NULL,       -- "" where unknown
        date            VARCHAR NOT NULL,       -- as the source words it
        style           VARCHAR NOT NULL,
        genre           VARCHAR NOT NULL,
        tags            VARCHAR[] NOT NULL,
        licence         VARCHAR NOT NULL,
        page_url        VARCHAR NOT NULL,
        image_url       VARCHAR NOT NULL,
        metadata        VARCHAR NOT NULL,       -- JSON object
        synthetic       BOOLEAN NOT NULL,
        search          VARCHAR NOT NULL,       -- folded text of all of the above
        added_at        TIMESTAMP NOT NULL
    );

    CREATE TABLE collections (
        name            VARCHAR PRIMARY KEY,
        created_at      TIMESTAMP NOT NULL
    );

    CREATE TABLE memberships (
        artwork_number  BIGINT NOT NULL,
        collection      VARCHAR NOT NULL,
        job_id          VARCHAR NOT NULL,       -- the collect job that brought it
        added_at        TIMESTAMP NOT NULL,
        PRIMARY KEY (artwork_number, collection)
    );

    CREATE TABLE refusals (
        collection      VARCHAR NOT NULL,
        source          VARCHAR NOT NULL,
        source_id       VARCHAR NOT NULL,
        reason          VARCHAR NOT NULL,
        detail          VARCHAR NOT NULL,
        job_id          VARCHAR NOT NULL,
        refused_at      TIMESTAMP NOT NULL,
        PRIMARY KEY (collection, source, source_id)
    );

    CREATE TABLE exclusions (
        sha256          VARCHAR PRIMARY KEY,
        image_number    BIGINT NOT NULL,        -- 0 while no artwork shows it: the verdict waits for it
        reason          VARCHAR NOT NULL,
        excluded_at     TIMESTAMP NOT NULL,
        who             VARCHAR NOT NULL
    );

    CREATE TABLE curation_log (
        number          BIGINT PRIMARY KEY,
        happened_at     TIMESTAMP NOT NULL,
        who             VARCHAR NOT NULL,
        act             VARCHAR NOT NULL,       -- "exclude", "restore", "undo", "replace"
        reason          VARCHAR NOT NULL,
        pictures        BIGINT NOT NULL,        -- how many
        detail          VARCHAR NOT NULL        -- JSON object: the selection it was done to, where it was one
    );

    CREATE TABLE curation_log_pictures (
        act_number      BIGINT NOT NULL,
        sha256          VARCHAR NOT NULL,
        reason_before   VARCHAR                 -- why it was excluded before the act; NULL: it was not
    );

    CREATE TABLE ledgers (
        job_id          VARCHAR PRIMARY KEY,
        bytes_read      BIGINT NOT NULL,
        damaged_lines   BIGINT NOT NULL
    );
    """,
    """
    CREATE TABLE study_votes (                  -- derived from the studies' journals, which are the truth
        vote_id         VARCHAR PRIMARY KEY,
        study_id        VARCHAR NOT NULL,
        rater           VARCHAR NOT NULL,
        item            VARCHAR NOT NULL,
        presentation    VARCHAR NOT NULL,
        condition_id    VARCHAR NOT NULL,
        condition_kind  VARCHAR NOT NULL,       -- "generated", "real"
        answer          INTEGER NOT NULL,
        response_ms     BIGINT NOT NULL,
        shown_at        VARCHAR NOT NULL,       -- by the rater's clock, as the browser told it
        given_at        TIMESTAMP NOT NULL,     -- UTC, by the server's clock
        retracted       BOOLEAN NOT NULL        -- taken back by the rater
    );

    CREATE TABLE study_journals (
        study_id        VARCHAR PRIMARY KEY,
        bytes_read      BIGINT NOT NULL
    );
    """,
    """
    UPDATE artworks SET licence = 'CC0' WHERE licence = 'CC0-1.0'  -- one spelling: see core.sources.licences
    """,
    """
    -- Derived tables: they are dropped, and filled again from the journals when studies are next looked at.
    DROP TABLE study_votes;
    DELETE FROM study_journals;

    CREATE TABLE study_votes (
        vote_id         VARCHAR PRIMARY KEY,
        study_id        VARCHAR NOT NULL,
        kind            VARCHAR NOT NULL,       -- of the study: "rate-1-to-5", "better-of-two", ...
        rater           VARCHAR NOT NULL,
        language        VARCHAR NOT NULL,       -- of the wording that the rater read
        via             VARCHAR NOT NULL,       -- "open", or "invitation:<its id>"
        role            VARCHAR NOT NULL,       -- "main" counts; "practice", "attention", "repeat"
        trial           VARCHAR NOT NULL,
        item            VARCHAR NOT NULL,       -- the picture that is judged; of a preference, the left one
        condition_id    VARCHAR NOT NULL,       -- of that picture
        condition_kind  VARCHAR NOT NULL,       -- "generated", "preset", "real", "restyled", "noise"
        opponent        VARCHAR,                -- the other picture of a pair
        opponent_condition_id VARCHAR,
        shown           VARCHAR[] NOT NULL,     -- as on screen, left first
        presentation    VARCHAR NOT NULL,
        answer          INTEGER NOT NULL,
        response_ms     BIGINT NOT NULL,        -- by the rater's browser
        gap_ms          BIGINT,                 -- by the server's clock, since the rater's event before
        exposure_ms     BIGINT,                 -- timed exposure: how long it was to flash
        seen_ms         BIGINT,                 -- and how long it did, by the browser
        point_x         DOUBLE,                 -- what gave it away, 0 to 1 from the upper left
        point_y         DOUBLE,
        shown_at        VARCHAR NOT NULL,       -- by the rater's clock, as the browser told it
        given_at        TIMESTAMP NOT NULL,     -- UTC, by the server's clock
        retracted       BOOLEAN NOT NULL        -- taken back by the rater
    );
    """,
    """
    -- A page reads 60 of a million pictures: looked up in an index they take 5 ms, scanned 100. Of the colours a page
    -- needs one, and a list of them costs 40 ms to read.
    ALTER TABLE images ADD COLUMN tint VARCHAR DEFAULT '';  -- the first of the palette; "" where unknown
    """,
    """
    UPDATE images SET tint = coalesce(palette[1], '')
    """,
    """
    CREATE INDEX images_by_number ON images (number)
    """,
    """
    CREATE INDEX artworks_by_image ON artworks (image_number)
    """,
    """
    ALTER TABLE curation_log ADD COLUMN topic VARCHAR DEFAULT 'exclusion';  -- what an act is about: or "tag <name>"

    CREATE TABLE picture_tags (                 -- given by people; a source's own are in artworks.tags
        sha256          VARCHAR NOT NULL,
        image_number    BIGINT NOT NULL,        -- 0 while no artwork shows it, as in exclusions
        tag             VARCHAR NOT NULL,
        given_at        TIMESTAMP NOT NULL,
        who             VARCHAR NOT NULL,
        PRIMARY KEY (sha256, tag)
    );

    CREATE TABLE saved_selections (
        name            VARCHAR PRIMARY KEY,
        selection       VARCHAR NOT NULL,       -- JSON: core.catalog.selection.Selection
        saved_at        TIMESTAMP NOT NULL,
        who             VARCHAR NOT NULL
    );

    CREATE TABLE pair_verdicts (                -- whether two pictures are the same: see core.duplicates.verdicts
        first           VARCHAR NOT NULL,       -- sha256, the smaller of the two
        second          VARCHAR NOT NULL,
        verdict         VARCHAR NOT NULL,       -- "same", "different"
        given_at        TIMESTAMP NOT NULL,
        who             VARCHAR NOT NULL,
        PRIMARY KEY (first, second)
    );

    CREATE TABLE quality_thresholds (           -- where they differ from those of core.quality.issues
        collection      VARCHAR NOT NULL,
        settings        VARCHAR NOT NULL,       -- JSON object
        set_at          TIMESTAMP NOT NULL,
        who             VARCHAR NOT NULL,
        PRIMARY KEY (collection)
    );
    """,
    """
    CREATE TABLE picture_measures (             -- told by jobs that describe pictures; each may come without the other
        sha256          VARCHAR PRIMARY KEY,
        image_number    BIGINT NOT NULL,        -- 0 while no artwork shows it, as in exclusions
        near_solid      FLOAT,                  -- see core.quality.measures
        frame           FLOAT,
        installation    FLOAT,
        margin_text     FLOAT,
        pixels          VARCHAR                 -- digest of the decoded pixels: see core.duplicates.exact
    );
    """,
    """
    CREATE TABLE fine_pictures (                -- an issue of quality that a person dismissed for one picture
        sha256          VARCHAR NOT NULL,
        image_number    BIGINT NOT NULL,        -- 0 while no artwork shows it, as in exclusions
        issue           VARCHAR NOT NULL,       -- of core.quality.issues, or core.catalog.dismissing.SUGGESTED
        given_at        TIMESTAMP NOT NULL,
        who             VARCHAR NOT NULL,
        PRIMARY KEY (sha256, issue)
    );
    """,
    """
    CREATE TABLE curation_log_pairs (           -- pairs that an act judged, and how each stood before it
        act_number      BIGINT NOT NULL,
        first           VARCHAR NOT NULL,       -- sha256, the smaller of the two
        second          VARCHAR NOT NULL,
        verdict_before  VARCHAR                 -- NULL where nobody had judged the pair
    );

    CREATE TABLE taken_over (                   -- facts of a look-alike that was excluded, with the picture kept
        sha256          VARCHAR NOT NULL,       -- the picture that was kept, which lacked the fact
        field           VARCHAR NOT NULL,       -- "title", "date", ...; "tag": such a one is among picture_tags, too
        value           VARCHAR NOT NULL,
        told_by         VARCHAR NOT NULL,       -- sha256 of the picture whose source says so
        act_number      BIGINT NOT NULL,        -- of the curation log
        PRIMARY KEY (sha256, field, value)
    );

    CREATE TABLE similar_searches (             -- the last one of every scope: see core.catalog.look_alikes.searching
        scope           VARCHAR PRIMARY KEY,    -- JSON: core.catalog.selection.Selection
        way             VARCHAR NOT NULL,       -- of core.catalog.similar.WAYS
        radius          DOUBLE NOT NULL,
        searched        BIGINT NOT NULL,        -- pictures
        described       BIGINT NOT NULL,        -- of them, with a descriptor
        newest          BIGINT NOT NULL,        -- the largest number of a picture by then
        searched_at     TIMESTAMP NOT NULL
    );

    CREATE TABLE similar_groups (               -- what those searches found
        scope           VARCHAR NOT NULL,
        group_number    BIGINT NOT NULL,
        sha256          VARCHAR NOT NULL
    );
    """,
    """
    CREATE TABLE picked (                       -- sets of pictures that somebody picked by hand: see picks.py
        pick            VARCHAR NOT NULL,       -- the beginning of a hash of the set
        sha256          VARCHAR NOT NULL
    );
    """,
)
