#!/usr/bin/env python3
"""Writes instances/real/*.csv from the raw files inside freely licensed Python packages.

    python3 -m venv env
    env/bin/pip install scikit-learn==1.9.1 statsmodels==0.15.0 vega-datasets==0.9.0
    env/bin/python instances/make_real.py

No number passes through a float: each field is the decimal text of the package's own file, freed of superfluous zeros.
"""

import csv
import gzip
import importlib.util
import json
from decimal import Decimal
from pathlib import Path

OUT = Path(__file__).parent / "real"


def package(name):
    """The installed package's folder (without importing the package)."""
    return Path(importlib.util.find_spec(name).origin).parent


SKLEARN = package("sklearn") / "datasets" / "data"
STATSMODELS = package("statsmodels") / "datasets"
VEGA = package("vega_datasets") / "_data"


def shortest(text):
    """The same decimal without leading blanks, superfluous zeros and exponents: `1.510000e+02` is `151`."""
    plain = format(Decimal(text.strip()), "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in ("-0", "") else plain


def rows_of(path, delimiter=","):
    text = gzip.open(path, "rt").read() if path.suffix == ".gz" else path.read_text()
    return [[field.strip() for field in row] for row in csv.reader(text.splitlines(), delimiter=delimiter, quotechar='"') if row]


def write(name, header, rows):
    """The last column is the target; a label that is no decimal is written as it is."""
    with open(OUT / f"{name}.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(header)
        for row in rows:
            out.writerow([field if field[:1].isalpha() else shortest(field) for field in row])


def columns(rows, indices):
    return [[row[i] for i in indices] for row in rows]


def every(rows, step, count=None):
    return rows[::step][:count]


def statsmodels(name, names, indices):
    write(name, names, columns(rows_of(STATSMODELS / name / f"{name}.csv")[1:], indices))


def regression():
    statsmodels("stackloss", ["air_flow", "water_temp", "acid_conc", "stack_loss"], [1, 2, 3, 0])
    longley = ["gnp_deflator", "gnp", "unemployed", "armed_forces", "population", "year", "employed"]
    statsmodels("longley", longley, [2, 3, 4, 5, 6, 7, 1])
    statsmodels("nile", ["year", "volume"], [0, 1])
    statsmodels("strikes", ["unexpected_production", "duration"], [1, 0])
    statsmodels("engel", ["income", "food_expenditure"], [0, 1])
    statsmodels("statecrime", ["urban", "poverty", "hs_grad", "single", "murder"], [7, 4, 3, 5, 2])

    exercise = rows_of(SKLEARN / "linnerud_exercise.csv", " ")[1:]
    body = rows_of(SKLEARN / "linnerud_physiological.csv", " ")[1:]
    for i, target in enumerate(["weight", "waist", "pulse"]):
        write(f"linnerud-{target}", ["chins", "situps", "jumps", target], [e + [b[i]] for e, b in zip(exercise, body)])

    names = ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6", "progression"]
    features = rows_of(SKLEARN / "diabetes_data_raw.csv.gz", " ")
    targets = rows_of(SKLEARN / "diabetes_target.csv.gz", " ")
    diabetes = [x + y for x, y in zip(features, targets)]
    write("diabetes", names, diabetes)
    subsets = [("bmi", [2], [40]), ("bmi-s5", [2, 8], [20, 40, 100]), ("bmi-bp-s5", [2, 3, 8], [30, 60])]
    for label, chosen, counts in subsets:
        indices = chosen + [10]
        for count in counts:
            write(f"diabetes-{label}-{count}", [names[i] for i in indices], columns(diabetes[:count], indices))

    series = json.loads((VEGA / "anscombe.json").read_text(), parse_float=str, parse_int=str)
    for number, label in enumerate(["I", "II", "III", "IV"], start=1):
        write(f"anscombe-{number}", ["x", "y"], [[row["X"], row["Y"]] for row in series if row["Series"] == label])


def classification():
    species = ["setosa", "versicolor", "virginica"]
    names = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    iris = [row[:4] + [species[int(row[4])]] for row in rows_of(SKLEARN / "iris.csv")[1:]]
    write("iris", names + ["species"], iris)
    write("iris-petal-width", ["sepal_length", "sepal_width", "petal_width"], columns(iris, [0, 1, 3]))
    write("iris-petal-width-50", ["sepal_length", "sepal_width", "petal_width"], every(columns(iris, [0, 1, 3]), 3))
    pair = [row for row in iris if row[4] != "setosa"]
    write("iris-versicolor-virginica", names + ["species"], pair)
    write("iris-versicolor-virginica-petal", names[2:] + ["species"], columns(pair, [2, 3, 4]))
    write("iris-versicolor-virginica-sepal-40", names[:2] + ["species"], [row[:2] + row[4:] for row in pair[:20] + pair[50:70]])
    write("iris-setosa-versicolor-sepal", names[:2] + ["species"], [row[:2] + row[4:] for row in iris if row[4] != "virginica"])

    names = ["alcohol", "malic_acid", "ash", "alcalinity", "magnesium", "phenols", "flavanoids", "nonflavanoid_phenols", "proanthocyanins"]
    names += ["color_intensity", "hue", "od280_od315", "proline"]
    wine = [row[:13] + [f"class_{row[13]}"] for row in rows_of(SKLEARN / "wine_data.csv")[1:]]
    write("wine", names + ["class"], wine)
    pair = [[row[0], row[9], row[13]] for row in wine if row[13] != "class_2"]
    write("wine-class-0-1-44", ["alcohol", "color_intensity", "class"], every(pair, 3))
    write("wine-color-60", ["flavanoids", "hue", "color_intensity"], every(columns(wine, [6, 10, 9]), 3))

    cells = [[row[0], row[1], ["malignant", "benign"][int(row[30])]] for row in rows_of(SKLEARN / "breast_cancer.csv")[1:]]
    write("breast-cancer-57", ["mean_radius", "mean_texture", "diagnosis"], every(cells, 10))

    pixels = [f"p{row}{column}" for row in range(8) for column in range(8)]
    write("digits", pixels + ["digit"], rows_of(SKLEARN / "digits.csv.gz"))

    votes = rows_of(STATSMODELS / "anes96" / "anes96.csv", "\t")[1:]
    votes = [[row[2], row[5], ["clinton", "dole"][int(row[9])]] for row in votes]
    write("anes96-vote-95", ["self_left_right", "party", "vote"], every(votes, 10))


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    regression()
    classification()
