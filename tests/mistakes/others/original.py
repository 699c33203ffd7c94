"""The original framework, ``kailash-dataflow``, on a SQLite file named by an absolute path."""

NAME = "kailash-dataflow"
DISTRIBUTION = "kailash-dataflow"
PRELOAD = ("dataflow", "kailash.runtime", "kailash.workflow.builder", "aiosqlite")
#: counts the statements of a program
COUNTED = """\
import aiosqlite

_execute = aiosqlite.Connection.execute


def counted(self, statement, *rest):
    STATEMENTS.append(statement)
    return _execute(self, statement, *rest)


aiosqlite.Connection.execute = counted

"""
BEFORE = """\
import asyncio, datetime, decimal, enum, os, uuid, warnings
from typing import List, Literal, Optional, Set
from dataflow import DataFlow
from kailash.runtime import LocalRuntime
from kailash.workflow.builder import WorkflowBuilder

db = DataFlow(f"sqlite:///{os.getcwd()}/app.db")


@db.model
class User:
    id: str
    name: str
    email: Optional[str] = None
    age: int = 0
    active: bool = True


def run(*nodes, connections=()):
    workflow = WorkflowBuilder()
    for node in nodes:
        workflow.add_node(*node)
    for one in connections:
        workflow.add_connection(*one)
    with LocalRuntime() as runtime:
        results, run_id = runtime.execute(workflow.build())
    for one in results.values():
        # a node that fails is mostly not raised: it is an entry of the result
        if isinstance(one, dict) and one.get("error"):
            warnings.warn(str(one["error"]))
    return results


def created(model, **fields):
    return run((f"{model}CreateNode", "create", fields))["create"]


def listed(**parameters):
    return run(("UserListNode", "users", parameters))["users"].get("records", [])


def read(id):
    return run(("UserReadNode", "read", {"id": id}))["read"]


created("User", id="u1", name="Alice", email="alice@example.com", age=30)
CREATE = ("UserCreateNode", "create", {"id": "u2", "name": "Bob"})
READ = ("UserReadNode", "read", {})
LIST = ("UserListNode", "users", {})

"""
_MODEL = "@db.model\nclass Thing:\n    id: str\n"

PROGRAMS = {
    "key-named-after-model": "@db.model\nclass Thing:\n    thing_id: str\n    name: str\n\n\nassert created('Thing', thing_id='t1', name='A')['thing_id'] == 't1'",
    "no-key": "@db.model\nclass Thing:\n    text: str\n\n\nassert created('Thing', text='milk').get('id')",
    "field-without-annotation": _MODEL
    + "    age = 0\n\n\ncreated('Thing', id='t1', age=3)\nassert run(('ThingReadNode', 'read', {'id': 't1'}))['read']['age'] == 3",
    "misspelt-annotation": _MODEL + "    title: 'string'\n\n\ncreated('Thing', id='t1', title='A')\nassert False",
    "set-as-field-type": _MODEL
    + "    tags: Set[str]\n\n\ncreated('Thing', id='t1', tags={'a'})\nassert run(('ThingReadNode', 'read', {'id': 't1'}))['read']['tags'] == {'a'}",
    "none-as-default-of-str": _MODEL
    + "    nickname: str = None\n\n\ncreated('Thing', id='t1')\nassert run(('ThingReadNode', 'read', {'id': 't1'}))['read']['nickname'] is None",
    "default-of-another-type": _MODEL + "    pieces: int = 'none'\n\n\ncreated('Thing', id='t1')\nassert False",
    "two-models-of-one-name": "@db.model\nclass User:\n    id: str\n    rights: str\n\n\nassert False",
    "misspelt-model-option": _MODEL + "    __dataflow__ = {'soft_deletes': True}\n\n\nassert False",
    "misspelt-option": "DataFlow(f'sqlite:///{os.getcwd()}/b.db', auto_migrat=True)\nassert False",
    "path-instead-of-url": "other = DataFlow('app.db')\n\n\n@other.model\nclass Thing:\n    id: str\n\n\ncreated('Thing', id='t1')\nassert run(('ThingReadNode', 'read', {'id': 't1'}))['read']['id'] == 't1'",
    "scheme-of-nobody": "DataFlow('sqlte:///app.db')\nassert False",
    "flat-update-node": "run(('UserUpdateNode', 'update', {'id': 'u1', 'name': 'Bob'}))\nassert read('u1')['name'] == 'Bob'",
    "created-at-set-by-hand": "created('User', id='u2', name='Bob', created_at='2020-01-01T00:00:00')\nassert read('u2')['created_at'].startswith('2020')",
    "missing-field-of-a-call": "created('User', id='u2', age=3)\nassert False",
    "misspelt-field-of-a-call": "created('User', id='u2', name='Bob', activ=False)\nassert read('u2')['active'] == False",
    "misspelt-field-of-an-update": "run(('UserUpdateNode', 'update', {'filter': {'id': 'u1'}, 'fields': {'nmae': 'Bob'}}))\nassert read('u1')['name'] == 'Bob'",
    "words-for-an-int": "created('User', id='u2', name='Bob', age='twenty')\nassert False",
    "fraction-for-an-int": "created('User', id='u2', name='Bob', age=20.5)\nassert read('u2')['age'] == 20.5 and False",
    "int-for-a-text-id": "created('User', id=1, name='Bob')\nassert read(1)['name'] == 'Bob'",
    "yes-for-a-bool": "created('User', id='u2', name='Bob', active='yes')\nassert False",
    "date-in-words": _MODEL + "    at: datetime.datetime\n\n\ncreated('Thing', id='t1', at='tomorrow')\nassert False",
    "no-member-of-an-enum": _MODEL
    + "    status: Literal['open', 'closed'] = 'open'\n\n\ncreated('Thing', id='t1', status='opened')\nassert False",
    "none-for-a-field-that-needs-a-value": "created('User', id='u2', name=None)\nassert False",
    "misspelt-parameter": "assert not listed(filters={'name': 'Nobody'})",
    "where-instead-of-filter": "assert not listed(where={'name': 'Nobody'})",
    "limit-of-nothing": "listed(limit=-1)\nassert False",
    "empty-filter-of-a-delete": "run(('UserBulkDeleteNode', 'delete', {'filter': {}}))\nassert listed()",
    "key-changed-in-an-update": "run(('UserUpdateNode', 'update', {'filter': {'id': 'u1'}, 'fields': {'id': 'u2'}}))\nassert False",
    "missing-field-of-a-row": "run(('UserBulkCreateNode', 'load', {'data': [{'id': 'u2', 'name': 'Bob'}, {'id': 'u3'}]}))\nassert len(listed()) == 3",
    "one-record-for-a-bulk": "run(('UserBulkCreateNode', 'load', {'data': {'id': 'u2', 'name': 'Bob'}}))\nassert len(listed()) == 2",
    "list-for-a-create": "run(('UserCreateNode', 'create', [{'id': 'u2', 'name': 'Bob'}]))\nassert False",
    "rows-that-are-no-dicts": "run(('UserBulkCreateNode', 'load', {'data': [('u2', 'Bob')]}))\nassert len(listed()) == 2",
    "update-without-data": "run(('UserUpdateNode', 'update', {'filter': {'id': 'u1'}}))\nassert False",
    "misspelt-operator": "assert listed(filter={'age': {'$gtt': 18}})",
    "operator-without-dollar": "assert listed(filter={'age': {'gte': 18}})",
    "mongo-size": "listed(filter={'name': {'$size': 5}})\nassert False",
    "django-lookup": "assert listed(filter={'name__contains': 'lic'})",
    "misspelt-field-in-a-filter": "assert listed(filter={'nmae': 'Alice'})",
    "in-without-a-list": "assert listed(filter={'name': {'$in': 'Alice'}})",
    "list-as-equality": "assert listed(filter={'name': ['Alice', 'Bob']})",
    "words-compared-with-a-number": "listed(filter={'age': {'$gt': 'eighteen'}})\nassert False",
    "greater-than-none": "listed(filter={'email': {'$gt': None}})\nassert False",
    "sql-as-a-filter": "assert len(listed(filter='age > 99')) == 0",
    "misspelt-field-in-a-sort": "listed(order_by=['-agee'])\nassert False",
    "dict-as-a-value-of-a-create": "created('User', id='u2', name={'$ne': ''})\nassert False",
    "instance-of-a-model": "User(id='u2', name='Bob')\nassert len(listed()) == 2",
    "objects-create": "User.objects.create(id='u2', name='Bob')",
    "comparison-of-a-class-attribute": "listed(filter=User.name == 'Alice')",
    "unknown-source": "run(CREATE, READ, connections=[('creat', 'id', 'read', 'id')])",
    "unknown-output": "run(CREATE, READ, connections=[('create', 'user_id', 'read', 'id')])\nassert False",
    "unknown-input": "run(CREATE, READ, connections=[('create', 'id', 'read', 'identifier')])\nassert False",
    "rows-named-users": "run(LIST, READ, connections=[('users', 'users.0.id', 'read', 'id')])\nassert False",
    "text-into-a-number": "run(CREATE, LIST, connections=[('create', 'name', 'users', 'limit')])\nassert False",
    "cycle": "run(CREATE, ('UserCreateNode', 'second', {'id': 'u3', 'name': 'Cleo'}), connections=[('create', 'email', 'second', 'email'), ('second', 'email', 'create', 'email')])\nassert False",
    "template-of-the-original": "results = run(CREATE, ('UserReadNode', 'read', {'id': '${create.id}'}))\nassert results['read']['name'] == 'Bob'",
    "misspelt-node-type": "run(('UserCreatNode', 'create', {'id': 'u2', 'name': 'Bob'}))",
    "duplicate-id": "run(CREATE, ('UserCreateNode', 'create', {'id': 'u3', 'name': 'Cleo'}))\nassert False",
    "missing-input": "run(READ)\nassert False",
    "nothing-in-it": "run()\nassert False",
    "builder-instead-of-workflow": "workflow = WorkflowBuilder()\nworkflow.add_node(*CREATE)\nLocalRuntime().execute(workflow)",
    "await-forgotten-in-a-coroutine": "async def main():\n    user = db.express.read('User', 'u1')\n    return user['name']\n\n\nasyncio.run(main())",
    "await-forgotten-and-nothing-used": "async def main():\n    db.express.update('User', 'u1', {'name': 'Bob'})\n\n\nasyncio.run(main())\nassert read('u1')['name'] == 'Bob'",
    "first-of-a-list-result": "user = run(LIST)['users'][0]",
    "misspelt-node-in-results": "page = run(LIST)['user']",
    "attribute-of-a-record": "name = read('u1').name",
    "misspelt-field-of-a-record": "name = read('u1')['nmae']",
    "read-of-an-id-that-is-not-there": "name = read('nobody')['name']",
    "value-that-is-taken": "created('User', id='u1', name='Bob')\nassert False",
    "empty-list-at-run": "run(('UserListNode', 'users', {'filter': {'name': 'Nobody'}}), READ, connections=[('users', 'records.0.id', 'read', 'id')])\nassert False",
    "folder-that-is-not-there": "other = DataFlow(f'sqlite:///{os.getcwd()}/data/app.db')\n\n\n@other.model\nclass Thing:\n    id: str\n\n\ncreated('Thing', id='t1')\nassert run(('ThingReadNode', 'read', {'id': 't1'}))['read']['id'] == 't1'",
}
