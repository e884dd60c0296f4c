"""The shapes of JSON documents in the platform's tables: what a writer may put there.

They are as open as the platform's documents leave them: a field that is not named here may hold anything. The database
checks the same shapes, in the migration `document_shapes`, and refuses a document with the path that is wrong; a test
holds both equal.
"""

from typing import Annotated, Any, Final, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    RootModel,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
)


def _whole(value: object) -> object:
    """In JSON 3.0 is the whole number 3, to PostgreSQL too."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Count: TypeAlias = Annotated[StrictInt, Field(ge=0), BeforeValidator(_whole)]
Amount: TypeAlias = Annotated[StrictFloat, Field(ge=0)]

Tag: TypeAlias = Annotated[StrictStr, Field(max_length=35)]
Word: TypeAlias = Annotated[StrictStr, Field(max_length=100)]
Name: TypeAlias = Annotated[StrictStr, Field(max_length=255)]
FileName: TypeAlias = Annotated[StrictStr, Field(max_length=1000)]
Address: TypeAlias = Annotated[StrictStr, Field(max_length=4000)]
Text: TypeAlias = Annotated[StrictStr, Field(max_length=10_000)]


class _Open(BaseModel):
    """Fields that are not named may hold anything."""

    model_config = ConfigDict(extra="allow")


class Preferences(_Open):
    """What a user has chosen."""

    language: Tag | None = None
    """A language tag, as pt-BR."""
    timezone: Word | None = None
    theme: Word | None = None


class CollectionMetadata(_Open):
    """What is counted of a collection, and whether new sessions have it."""

    documents: Count | None = None
    bytes: Count | None = None
    default: StrictBool | None = None


class DocumentMetadata(_Open):
    """Where a document came from."""

    source: Address | None = None
    mime_type: Name | None = None
    pages: Count | None = None
    bytes: Count | None = None


class ToolMetadata(_Open):
    """Whether new sessions have a tool."""

    default: StrictBool | None = None


class Parameter(_Open):
    """One parameter of a tool, by its name."""

    name: Name
    type: Word | None = None
    description: Text | None = None
    required: StrictBool | None = None


class Parameters(RootModel[list[Name | Parameter] | dict[str, Any]]):
    """The parameters of a tool: names, or objects with a name; or one object, such as a JSON Schema."""


class Attachment(_Open):
    """What is known of an attached file; its bytes lie elsewhere."""

    name: FileName | None = None
    size: Amount | None = None
    """Bytes."""
    content_type: Name | None = None
    url: Address | None = None


class Attachments(RootModel[list[Attachment]]):
    """The attachments of a draft."""


SHAPES: Final[dict[tuple[str, str], type[BaseModel]]] = {
    ("public.user_preferences", "preferences"): Preferences,
    ("public.kb_collections", "metadata"): CollectionMetadata,
    ("public.kb_documents", "metadata"): DocumentMetadata,
    ("public.basic_tools", "parameters"): Parameters,
    ("public.basic_tools", "metadata"): ToolMetadata,
    ("public.email_drafts", "attachments"): Attachments,
}
"""The shape of each JSON column of the platform's tables."""
_KEPT: Final = ("type", "anyOf", "properties", "required", "items", "maxLength", "minimum")
"""What the database knows of JSON Schema."""


def shape(model: type[BaseModel]) -> dict[str, Any]:
    """A model as the database checks it: JSON Schema with nothing but what it knows, references put in place."""
    schema = model.model_json_schema()
    return _kept(schema, schema.get("$defs", {}))


def _kept(schema: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return _kept(known[schema["$ref"].rpartition("/")[2]], known)
    found: dict[str, Any] = {name: schema[name] for name in _KEPT if name in schema}
    if "anyOf" in found:
        found["anyOf"] = [_kept(each, known) for each in found["anyOf"]]
    if "properties" in found:
        found["properties"] = {name: _kept(each, known) for name, each in found["properties"].items()}
    if "items" in found:
        found["items"] = _kept(found["items"], known)
    return found
