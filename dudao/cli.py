"""The command line: `dudao up`, `init`, `password`, `demo`, `verify`, `import`, `calendar`, `workday`, `bench`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer

from dudao.bench_command import bench_command
from dudao.city import read_calendars
from dudao.demo.command import Outcome, Wishes, demo, outcome_as_plain, show_outcome
from dudao.demo.screen import Screen
from dudao.first_steps import Beginning, NewPassword, change_password, init
from dudao.importing import Target, import_tables, publish_calendar
from dudao.operations import commands, dead_commands, log_commands
from dudao.operations.servers import operators_folder
from dudao.terminal import CONSOLE, ended_like_ctrl_c, failures_in_words
from dudao.up import up
from dudao.verify.command import EXIT, Wanted, as_plain, run_verify, show
from dudao.workday import workday

_DEFAULT_FOLDER: Final = Path(".dudao")
_WRONG_USE: Final = 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="督导 · 学校督导系统 / Dudao, the school supervision system",
)

app.add_typer(dead_commands.app, name="dead")
app.add_typer(commands.app)
app.add_typer(log_commands.app)

DataFolder = Annotated[Path, typer.Option("--data", help="数据目录 / data folder")]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON / print JSON")]


@app.command("up")
def up_command(data: DataFolder = _DEFAULT_FOLDER) -> None:
    """启动全套系统并保持运行 / Start the whole system and keep it running."""
    with failures_in_words(), ended_like_ctrl_c():
        try:
            up(data, Screen(CONSOLE))
        except KeyboardInterrupt:
            CONSOLE.print("已停止 / stopped")


@app.command("init")
def init_command(
    city: Annotated[str, typer.Option(prompt="市级编码 / city's code", help="例如 230800 / e.g. 230800")],
    name: Annotated[str, typer.Option(prompt="市名 / city's name", help="例如 佳木斯市 / its name")],
    data: DataFolder = _DEFAULT_FOLDER,
    person: Annotated[str, typer.Option(help="管理员人员编号 / the administrator's person id")] = "P-0001",
    username: Annotated[str, typer.Option(help="管理员用户名 / the administrator's user name")] = "administrator",
) -> None:
    """建立空系统和首个管理员 / Make an empty system with its first administrator."""
    with failures_in_words(), ended_like_ctrl_c():
        password = init(data, Beginning(city, name, person, username), Screen(CONSOLE))
    CONSOLE.print("一次性密码，只显示这一次 / one-time password, shown this once:", highlight=False)
    typer.echo(password)


@app.command("password")
def password_command(
    username: Annotated[str, typer.Option(prompt="用户名 / user name", help="用户名 / user name")],
    current: Annotated[
        str, typer.Option(prompt="原密码 / current password", hide_input=True, help="不填则询问 / asked")
    ],
    new: Annotated[
        str,
        typer.Option(
            prompt="新密码 / new password", hide_input=True, confirmation_prompt=True, help="不填则询问 / asked"
        ),
    ],
    data: DataFolder = _DEFAULT_FOLDER,
    url: dead_commands.Url = None,
) -> None:
    """修改本人密码 / Change one's own password at the running system."""
    with failures_in_words():
        change_password(data, NewPassword(username, current, new), url)
    CONSOLE.print("密码已修改 / the password was changed")


@app.command("demo")
def demo_command(
    data: Annotated[Path | None, typer.Option("--data", help="空的数据目录 / an empty data folder")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="结束后保持运行 / stay up afterwards")] = False,
    as_json: Json = False,
) -> None:
    """演示全流程 / Play the main job from an empty folder to the bureau's report."""
    screen = Screen(CONSOLE)

    def tell(outcome: Outcome) -> None:
        show_outcome(outcome, screen)
        if as_json:
            typer.echo(msgspec.json.format(msgspec.json.encode(outcome_as_plain(outcome))).decode())

    with failures_in_words(), ended_like_ctrl_c():
        good = demo(Wishes(data, keep), screen, tell)
    raise typer.Exit(0 if good else 1)


@app.command("import")
def import_command(
    source: Annotated[Path, typer.Argument(help="xlsx、CSV 文件或 CSV 目录 / a file, or a folder of CSV files")],
    username: Annotated[str, typer.Option(prompt="用户名 / user name", help="管理员用户名 / administrator")],
    password: Annotated[str, typer.Option(prompt="密码 / password", hide_input=True, help="不填则询问 / asked for")],
    data: DataFolder = _DEFAULT_FOLDER,
) -> None:
    """把机构、学校、党组织、人员导入运行中的系统 / Import tables into the running system, whole or not at all."""
    with failures_in_words():
        for kind, count in import_tables(source, Target(data, username, password)).items():
            typer.echo(f"{kind}: {count}")


@app.command("calendar")
def calendar_command(
    file: Annotated[Path, typer.Argument(help="JSON 文件，如 data/calendars/2026.json / as under data/calendars")],
    username: Annotated[str, typer.Option(prompt="用户名 / user name", help="管理员用户名 / administrator")],
    password: Annotated[str, typer.Option(prompt="密码 / password", hide_input=True, help="不填则询问 / asked for")],
    reason: Annotated[str | None, typer.Option(help="更正已公布年份的理由 / why a published year is corrected")] = None,
    data: DataFolder = _DEFAULT_FOLDER,
) -> None:
    """公布一年的工作日历，暂定期限随之重算 / Publish a year's working days; provisional deadlines follow."""
    with failures_in_words():
        version = publish_calendar(file, Target(data, username, password), reason)
    typer.echo(f"{file.stem}: {version}")


@app.command("workday")
def workday_command(
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="起始日，第 0 天 / day 0")],
    days: Annotated[int, typer.Argument(min=0, help="工作日数 / working days")],
) -> None:
    """某日之后第 N 个工作日 / The day so many Chinese working days after another."""
    typer.echo(workday(day.date(), days, read_calendars()))


app.command("bench")(bench_command)


@app.command("verify")
def verify_command(
    data: Annotated[
        Path | None, typer.Option("--data", help="数据目录，部署的系统为运维目录 / data folder, or operator's")
    ] = None,
    deployed: Annotated[
        bool, typer.Option("--deployed", help="按环境变量核对部署的系统 / the system that DUDAO_* name")
    ] = False,
    wait: Annotated[float, typer.Option("--wait", min=0, max=3600, help="最长等待秒数 / longest wait, s")] = 30.0,
    as_json: Json = False,
) -> None:
    """重算并核对一切 / Recompute everything from the ledger and compare; exit 1 when something is wrong."""
    with failures_in_words():
        if deployed and data is not None:
            operators_folder(data)
        wanted = Wanted(data if deployed else data or _DEFAULT_FOLDER, wait, deployed)
        result = run_verify(wanted, lambda text: None if as_json else CONSOLE.print(text, style="dim"))
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(as_plain(result), order="sorted")).decode())
    else:
        show(result, CONSOLE)
    raise typer.Exit(EXIT[result.verdict])


def main() -> None:
    """Entry point of the `dudao` command."""
    app()
