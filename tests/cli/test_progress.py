"""The counter of an evaluation: not one line an item, and always the last one."""

from toolrl.cli.progress import ShowProgress


def lines(capsys):
    return capsys.readouterr().err.splitlines()


def test_shows_the_first_and_the_last_where_there_is_no_terminal(capsys):
    show = ShowProgress()
    for done in range(1, 101):
        show(done, 100)
    shown = lines(capsys)
    assert [line.split()[2] for line in shown] == ["1/100", "100/100"]
    assert shown[0].endswith("– left")  # nothing is known of the pace yet
    assert shown[-1].endswith("0:00 left")


def test_begins_again_with_the_next_evaluation(capsys):
    show = ShowProgress(every=0)
    for total in (2, 3):
        for done in range(1, total + 1):
            show(done, total)
    assert [line.split()[2] for line in lines(capsys)] == ["1/2", "2/2", "1/3", "2/3", "3/3"]
