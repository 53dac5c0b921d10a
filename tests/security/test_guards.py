"""No page, callback or fragment stands without its guard.

Streamlit runs callbacks before the router and fragments without it, so that a role checked in the router alone would
come too late. The rating page, which everybody may open, is the one exception: the links of studies guard it.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_PROJECT = Path(__file__).resolve().parents[2]
_FOR_EVERYBODY = {"app_pages/judge/rate.py"}
# What the rating page is made of, and the door itself: reached by whoever is no owner.
_OPEN_MODULES = {"ui/access.py", "ui/access_cookie.py", "ui/sign_in.py"}
_CAUSED_BY_NO_VISITOR = {"on_release", "on_progress"}  # a cache lets go of a thing; a long task tells how far it is
_GUARD = ("access.owner_action", "owner_action")
_OWN_FRAGMENTS = {"fragment", "dialog"}


def _short(path: Path) -> str:
    return path.relative_to(_PROJECT).as_posix()


PAGES = sorted(path for path in (_PROJECT / "app_pages").rglob("*.py") if _short(path) not in _FOR_EVERYBODY)
GUARDED = [
    *PAGES,
    *sorted(
        path
        for path in (_PROJECT / "ui").glob("*.py")
        if _short(path) not in _OPEN_MODULES and not path.name.startswith("rating")
    ),
]


def unguarded(source: str) -> Iterator[str]:
    """What of a module's callbacks and fragments stands without a guard, as 'line: code'."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    guarded = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and any(ast.unparse(mark) in _GUARD for mark in node.decorator_list)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {f"st.{name}" for name in _OWN_FRAGMENTS}:
            yield f"{node.lineno}: {ast.unparse(node)}"
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                name = keyword.arg or ""
                if name in _CAUSED_BY_NO_VISITOR or not name.startswith("on_"):
                    continue
                if not _is_guarded(keyword.value, name, parents, guarded):
                    yield f"{keyword.value.lineno}: {name}={ast.unparse(keyword.value)}"


def _is_guarded(value: ast.expr, name: str, parents: dict[ast.AST, ast.AST], guarded: set[str]) -> bool:
    if isinstance(value, ast.Constant):  # "rerun", "ignore", None
        return True
    if isinstance(value, ast.Call):
        return ast.unparse(value.func) in _GUARD
    if isinstance(value, ast.Name) and value.id in guarded:
        return True
    # A function that takes a callback and passes it on under the same name: whoever gives it to it guards it.
    return isinstance(value, ast.Name) and value.id == name and name in _parameters_around(value, parents)


def _parameters_around(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> set[str]:
    found: set[str] = set()
    while node in parents:
        node = parents[node]
        if isinstance(node, ast.FunctionDef):
            found |= {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
    return found


@pytest.mark.parametrize("path", PAGES, ids=_short)
def test_a_page_asks_for_an_owner_before_anything_else(path: Path) -> None:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    done = [node for node in body if not isinstance(node, ast.Import | ast.ImportFrom)]
    assert ast.get_docstring(ast.Module(body, [])) is not None
    assert ast.unparse(done[1]) == "access.require_owner()"


@pytest.mark.parametrize("path", GUARDED, ids=_short)
def test_no_callback_and_no_fragment_is_unguarded(path: Path) -> None:
    assert list(unguarded(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "st.button('x', on_click=delete)",
        "st.button('x', on_click=lambda: delete(1))",
        "st.button('x', on_click=partial(delete, 1))",
        "st.button('x', on_click=access.owner_action_of(delete))",
        "component(on_choice_change=chosen)",
        "st.selectbox('x', [], on_change=on_change)",
        "def f(callback):\n    st.selectbox('x', [], on_change=callback)",
        "st.fragment(show)()",
        "@st.fragment\ndef show(): ...",
        "@st.fragment(run_every=1)\ndef show(): ...",
        "@st.dialog('x')\ndef show(): ...",
    ],
)
def test_this_test_sees_what_is_unguarded(source: str) -> None:
    assert list(unguarded(source))


@pytest.mark.parametrize(
    "source",
    [
        "st.button('x', on_click=access.owner_action(delete), args=(1,))",
        "st.expander('x', on_change='rerun')",
        "@access.owner_action\ndef delete(): ...\nst.button('x', on_click=delete)",
        "def f(*, on_change):\n    st.selectbox('x', [], on_change=on_change)",
        "@access.owner_fragment(run_every=1)\ndef show(): ...",
        "@access.owner_dialog('x', on_dismiss=access.owner_action(close))\ndef show(): ...",
    ],
)
def test_this_test_leaves_in_peace_what_is_guarded(source: str) -> None:
    assert not list(unguarded(source))
