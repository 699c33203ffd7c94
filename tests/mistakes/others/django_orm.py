"""Django's ORM on SQLite; a class of models is checked as every command of Django does before it starts."""

NAME = "Django ORM"
DISTRIBUTION = "django"
PRELOAD = ("django.db.models", "django.core.management.base")
#: counts the statements of a program
COUNTED = """\
def counted(execute, statement, *rest):
    STATEMENTS.append(statement)
    return execute(statement, *rest)


connection.execute_wrappers.append(counted)

"""
BEFORE = """\
import asyncio, datetime, decimal, sys, types, uuid
import django
from django.conf import settings

app = sys.modules["app"] = types.ModuleType("app")
app.__file__, app.__path__ = "app/__init__.py", ["app"]
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "app.db"}},
    INSTALLED_APPS=["app"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()
from django.core.management.base import SystemCheckError
from django.db import connection, models, transaction
from django.db.models import F, Q


def made(*classes):
    for one in classes:
        errors = [error for error in one.check(databases=["default"]) if error.level >= 30]
        if errors:
            raise SystemCheckError("\\n".join(map(str, errors)))
    with connection.schema_editor() as editor:
        for one in classes:
            editor.create_model(one)


class User(models.Model):
    id = models.CharField(primary_key=True, max_length=50)
    name = models.CharField(max_length=100)
    email = models.CharField(max_length=100, null=True)
    age = models.IntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        app_label = "app"


class Team(models.Model):
    name = models.CharField(max_length=100)

    class Meta:
        app_label = "app"


class Player(models.Model):
    name = models.CharField(max_length=100, unique=True)
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT)

    class Meta:
        app_label = "app"


made(User, Team, Player)
User.objects.create(id="u1", name="Alice", email="alice@example.com", age=30)
Player.objects.create(name="Ann", team=Team.objects.create(name="Reds"))
users = User.objects

"""


def _thing(*fields: str, meta: str = "") -> str:
    lines = "".join(f"    {one}\n" for one in fields)
    return f"class Thing(models.Model):\n{lines}\n    class Meta:\n        app_label = 'app'\n        {meta}\n\n\nmade(Thing)\n"


PROGRAMS = {
    "field-without-annotation": _thing("age = 0") + "assert 'age' in [one.name for one in Thing._meta.fields]",
    "mutable-default": _thing("tags = models.JSONField(default=[])"),
    "none-as-default-of-str": _thing("nickname = models.CharField(max_length=9, default=None)")
    + "Thing.objects.create()",
    "default-of-another-type": _thing("pieces = models.IntegerField(default='none')") + "Thing.objects.create()",
    "default-called-once": _thing("id = models.UUIDField(primary_key=True, default=uuid.uuid4())")
    + "Thing.objects.create()\nThing.objects.create()\nassert Thing.objects.count() == 2",
    "reference-to-a-misspelt-model": _thing("author = models.ForeignKey('app.Usr', on_delete=models.CASCADE)"),
    "two-models-of-one-name": "class User(models.Model):\n    class Meta:\n        app_label = 'app'\n",
    "index-on-a-misspelt-field": _thing(
        "email = models.CharField(max_length=9)", meta="indexes = [models.Index(fields=['emial'])]"
    ),
    "misspelt-field-option": _thing("name = models.CharField(maxlength=80)"),
    "misspelt-model-option": _thing("name = models.CharField(max_length=9)", meta="orderng = ['name']"),
    "created-at-set-by-hand": _thing("created_at = models.DateTimeField(auto_now_add=True)")
    + "at = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)\nassert Thing.objects.create(created_at=at).created_at == at",
    "missing-field-of-a-call": "assert users.create(id='u2', age=3).name",
    "misspelt-field-of-a-call": "users.create(id='u2', name='Bob', activ=False)",
    "misspelt-field-of-an-update": "user = users.get(id='u1')\nuser.nmae = 'Bob'\nuser.save()\nassert users.get(id='u1').name == 'Bob'",
    "words-for-an-int": "users.create(id='u2', name='Bob', age='twenty')",
    "fraction-for-an-int": "users.create(id='u2', name='Bob', age=20.5)\nassert users.get(id='u2').age == 20.5",
    "int-for-a-text-id": "users.create(id=1, name='Bob')\nassert users.get(id=1).name == 'Bob'",
    "yes-for-a-bool": "users.create(id='u2', name='Bob', active='yes')",
    "date-in-words": _thing("at = models.DateTimeField()") + "Thing.objects.create(at='tomorrow')",
    "date-in-american-order": _thing("due = models.DateField()") + "Thing.objects.create(due='12/31/2026')",
    "float-for-a-decimal": _thing("amount = models.DecimalField(max_digits=9, decimal_places=2)")
    + "Thing.objects.create(amount='12,50')",
    "text-that-is-no-uuid": _thing("id = models.UUIDField(primary_key=True)") + "Thing.objects.create(id='printer-1')",
    "no-member-of-an-enum": _thing("status = models.CharField(max_length=9, choices=[('open', 'open')])")
    + "Thing.objects.create(status='opened')\nassert False",
    "text-too-long": _thing("code = models.CharField(max_length=2)")
    + "Thing.objects.create(code='Norway')\nassert False",
    "number-below-its-least": _thing("pieces = models.PositiveIntegerField()") + "Thing.objects.create(pieces=-1)",
    "none-for-a-field-that-needs-a-value": "users.create(id='u2', name=None)",
    "parameter-of-another-library": "list(users.filter(active=True).orderby('name'))",
    "where-instead-of-filter": "list(users.where(active=True))",
    "limit-of-nothing": "list(users.all()[:-1])",
    "empty-filter-of-a-delete": "users.filter(**{}).delete()\nassert users.count()",
    "key-changed-in-an-update": "user = users.get(id='u1')\nuser.id = 'u2'\nuser.save()\nassert users.count() == 1",
    "missing-field-of-a-row": "users.bulk_create([User(id='u2', name='Bob'), User(id='u3')])\nassert users.get(id='u3').name",
    "one-record-for-a-bulk": "users.bulk_create(User(id='u2', name='Bob'))",
    "rows-that-are-no-dicts": "users.bulk_create([('u2', 'Bob')])",
    "misspelt-operator": "list(users.filter(age__gtt=18))",
    "operator-without-dollar": "list(users.filter(age={'gte': 18}))",
    "misspelt-field-in-a-filter": "list(users.filter(nmae='Alice'))",
    "and-between-conditions": "assert not list(users.filter(Q(age__gt=99) and Q(active=True)))",
    "not-in-a-lambda": "list(users.filter(not Q(active=True)))",
    "comparison-of-a-class-attribute": "list(users.filter(User.name == 'Alice'))",
    "between-with-one-end": "list(users.filter(age__range=[18]))",
    "in-without-a-list": "assert list(users.filter(name__in='Alice'))",
    "list-as-equality": "assert list(users.filter(name=['Alice', 'Bob']))",
    "words-compared-with-a-number": "list(users.filter(age__gt='eighteen'))",
    "greater-than-none": "list(users.filter(age__gt=None))",
    "sql-as-a-filter": "list(users.filter('age > 18'))",
    "misspelt-field-in-a-sort": "list(users.order_by('-agee'))",
    "sql-as-a-sort": "list(users.order_by('age DESC'))",
    "dict-as-a-value-of-a-create": "users.create(id='u2', name={'$ne': ''})\nassert users.get(id='u2').name == {'$ne': ''}",
    "unknown-field-in-fields": "list(users.only('id', 'nmae'))",
    "instance-of-a-model": "user = User(id='u2', name='Bob')\nassert users.filter(id='u2').exists()",
    "await-forgotten-in-a-coroutine": "async def main():\n    user = users.aget(id='u1')\n    return user.name\n\n\nasyncio.run(main())",
    "await-forgotten-and-nothing-used": "async def main():\n    user = await users.aget(id='u1')\n    user.name = 'Bob'\n    user.asave()\n\n\nasyncio.run(main())\nassert users.get(id='u1').name == 'Bob'",
    "sync-call-in-its-own-loop": "async def main():\n    return users.get(id='u1')\n\n\nasyncio.run(main())",
    "misspelt-field-of-a-record": "name = users.get(id='u1').nmae",
    "read-of-an-id-that-is-not-there": "users.get(id='nobody')",
    "value-that-is-taken": "Player.objects.create(name='Ann')",
    "reference-to-nobody": "Player.objects.create(name='Bo', team_id=7)",
    "delete-of-what-is-referred-to": "Team.objects.get(name='Reds').delete()",
    "error-swallowed-in-a-transaction": "from django.db import IntegrityError\n\nwith transaction.atomic():\n    try:\n        Player.objects.create(name='Ann')\n    except IntegrityError:\n        pass\n    Player.objects.create(name='Bo')",
    "stale-version": "one, other = users.get(id='u1'), users.get(id='u1')\none.age += 1\none.save()\nother.age += 1\nother.save()\nassert users.get(id='u1').age == 32",
    "misspelt-table-in-sql": "list(users.raw('SELECT * FROM app_usr'))",
    "field-added-to-a-model-with-a-table": "connection.cursor().execute('CREATE TABLE app_thing (id INTEGER PRIMARY KEY)')\nclass Thing(models.Model):\n    age = models.IntegerField(default=0)\n\n    class Meta:\n        app_label = 'app'\n\n\nThing.objects.create()",
    "column-of-another-type": "connection.cursor().execute('CREATE TABLE app_thing (id INTEGER PRIMARY KEY, age TEXT)')\nclass Thing(models.Model):\n    age = models.IntegerField()\n\n    class Meta:\n        app_label = 'app'\n\n\nThing.objects.create(age=3)\nassert Thing.objects.get().age == 3",
}
