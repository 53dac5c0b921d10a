"""A catalog of as many invented pictures as wanted, made by DuckDB itself: a million rows in about a minute.

The numbers of a row are functions of its number, so the same count gives the same catalog. What is unequal in real
collections is unequal here: a few artists made most works, dates come in many wordings, one picture in thirty is shown
by two artworks.
"""

from pathlib import Path

from core.catalog.catalog import Catalog
from core.workspace import Workspace

EXCLUDED_SHARE = 0.04
_WORDS = """river mountain wave harbour winter bridge garden portrait lady horse night moon rain market temple forest
field evening morning boats fishermen snow village church cathedral mill road valley cliffs storm sea sky cloud flowers
roses vase table fruit bread letter mirror dancer music soldier saint angel child mother king queen battle dream
composition untitled study sketch red blue yellow black white green number orange violet light shadow window door
interior figure nude seated standing reading sleeping self head hand eyes view near from of the with and after"""
_STYLES = """Impressionism,Realism,Romanticism,Expressionism,Post-Impressionism,Baroque,Symbolism,Surrealism,Cubism,
Abstract Expressionism,Color Field Painting,Minimalism,Ukiyo-e,Rococo,Neoclassicism,Northern Renaissance,Pop Art,
High Renaissance,Mannerism,Fauvism,Art Nouveau,Naive Art,Pointillism,Early Renaissance"""
_GENRES = "landscape,portrait,genre painting,abstract,religious painting,cityscape,still life,marina,nude,design"
_LICENCES = "Public domain,CC0,,In copyright,CC-BY-4.0,CC-BY-SA-4.0"
_SOURCES = "wikiart,met,aic,rijks,files,wikidata"
_COLLECTIONS = """impressionists,ukiyo-e,color-field,met prints,portraits,landscapes,rijks,abstract,scans,uploads,
old masters,misc"""


def make(folder: Path, pictures: int) -> Workspace:
    """The lab in `folder`, whose catalog has this many pictures: made, or found as it was made before."""
    workspace = Workspace(folder / f"catalog-{pictures}").create()
    done = workspace.data / "rows-are-complete"
    if not done.exists():
        for leftover in workspace.data.glob("catalog.duckdb*"):
            leftover.unlink()
        with Catalog(workspace.catalog) as catalog, catalog.transaction() as cursor:
            for statement in _statements(pictures):  # on one cursor, which has the temporary macros
                cursor.execute(statement)
        done.touch()
    return workspace


def _statements(pictures: int) -> list[str]:
    # u(n, salt): uniform in [0, 1);  few(n, salt, k): 0 to k - 1, small ones often
    return [
        "CREATE OR REPLACE TEMP MACRO u(n, salt) AS (hash(n * 1000 + salt) % 1000000) / 1000000.0",
        "CREATE OR REPLACE TEMP MACRO few(n, salt, k) AS floor(k * power(u(n, salt), 2.5))::BIGINT",
        f"CREATE OR REPLACE TEMP MACRO word(n, salt) AS {_list(_WORDS)}[1 + few(n, salt, {_count(_WORDS)})]",
        f"""
        INSERT INTO images
        SELECT n, sha256(n::VARCHAR), 'jpg', CASE WHEN u(n, 1) < 0.9 THEN 'JPEG' ELSE 'PNG' END, width, height,
               (width * height * (0.1 + 0.4 * u(n, 2)))::BIGINT, hash(n), u(n, 3), 0.3 * u(n, 3), 0.4 * u(n, 3),
               0.5 + 0.5 * u(n, 3), 0.6 + 0.4 * u(n, 3), u(n, 4), 80 * u(n, 5), CASE WHEN u(n, 6) < 0.1 THEN u(n, 6)
               ELSE 90 * power(u(n, 6), 2) END, 3 + 5 * u(n, 7), 100 * power(u(n, 8), 3),
               [printf('#%06x', hash(n) % 16777216), printf('#%06x', hash(n + 1) % 16777216)], [],
               TIMESTAMP '2026-01-01' + to_seconds(n), printf('#%06x', hash(n) % 16777216)
        FROM (SELECT n, (256 + 3000 * power(u(n, 9), 3))::INTEGER AS width,
                     ((256 + 3000 * power(u(n, 9), 3)) * (0.6 + 0.8 * u(n, 10)))::INTEGER AS height
              FROM range(1, {pictures + 1}) numbers(n))
        """,
        f"""
        INSERT INTO artworks
        SELECT number, 'invented:' || number, image_number, source, number::VARCHAR, title, artist, date, style, genre,
               tags, licence, CASE WHEN source = 'files' THEN '' ELSE 'https://example.org/' || number END, '',
               '{{}}', false,
               lower(concat_ws(chr(10), title, artist, date, style, genre, number, array_to_string(tags, chr(10)))),
               TIMESTAMP '2026-01-01' + to_seconds(number)
        FROM (
            SELECT n AS number, CASE WHEN n <= {pictures} THEN n ELSE 1 + (hash(n) % {pictures})::BIGINT END
                   AS image_number,
                   {_list(_SOURCES)}[1 + few(n, 20, {_count(_SOURCES)})] AS source,
                   concat_ws(' ', word(n, 21), word(n, 22), word(n, 23), few(n, 24, 3000)) AS title,
                   CASE WHEN u(n, 25) < 0.05 THEN '' ELSE
                   concat_ws(' ', word(few(n, 26, 2000), 1), word(few(n, 26, 2000), 2), few(n, 26, 2000)) END
                   AS artist,
                   CASE WHEN u(n, 27) < 0.15 THEN '' WHEN u(n, 27) < 0.3 THEN 'c. ' || (1500 + 500 * u(n, 28))::INTEGER
                   ELSE (1500 + 500 * u(n, 28))::INTEGER::VARCHAR END AS date,
                   CASE WHEN u(n, 29) < 0.1 THEN '' ELSE {_list(_STYLES)}[1 + few(n, 30, {_count(_STYLES)})] END
                   AS style,
                   CASE WHEN u(n, 31) < 0.1 THEN '' ELSE {_list(_GENRES)}[1 + few(n, 32, {_count(_GENRES)})] END
                   AS genre,
                   list_distinct(list_transform(range(few(n, 33, 6)), lambda place: word(n + place, 34))) AS tags,
                   {_list(_LICENCES)}[1 + few(n, 35, {_count(_LICENCES)})] AS licence
            FROM range(1, {pictures + pictures // 30 + 1}) numbers(n)
        )
        """,
        f"INSERT INTO collections SELECT unnest({_list(_COLLECTIONS)}), TIMESTAMP '2026-01-01'",
        f"""
        INSERT INTO memberships
        SELECT DISTINCT number, {_list(_COLLECTIONS)}[1 + few(number, 40 + turn, {_count(_COLLECTIONS)})], 'invented',
               added_at
        FROM artworks, range(2) turns(turn) WHERE turn = 0 OR u(number, 42) < 0.1
        """,
        f"""
        INSERT INTO exclusions SELECT sha256, number, CASE WHEN u(number, 51) < 0.6 THEN 'poor scan' ELSE 'frame' END,
               TIMESTAMP '2026-03-01', 'owner' FROM images WHERE u(number, 50) < {EXCLUDED_SHARE}
        """,
    ]


def _count(words: str) -> int:
    return len(words.split(",") if "," in words else words.split())


def _list(words: str) -> str:
    """A list in SQL, of what commas part, or blanks where there is no comma."""
    return "[" + ", ".join(f"'{word.strip()}'" for word in (words.split(",") if "," in words else words.split())) + "]"
