"""Splink on the same people, as good as its tutorials make it. Prints one line of JSON.

run.py guests|febrl CLEANED.csv: cleaned columns come ready in the file; their making is not timed. Truth is a column of the
file, looked at when the clusters stand.
"""
import json
import resource
import sys
import time

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

kind, people = sys.argv[1:3]


def used():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


began, cpu = time.time(), used()
con = duckdb.connect()


def sql(text):
    # A result that is not read to its end keeps the connection from other work.
    return con.execute(text).fetchall()


sql("SET threads TO 2")
sql(f"CREATE TABLE raw AS SELECT * FROM read_csv('{people}', header=true, all_varchar=true)")


def guests():
    # Generic values are taken out: more than four family names behind a contact.
    sql("CREATE TABLE cleaned AS SELECT * FROM raw")
    for column in ["c_phone", "c_doc", "c_email"]:
        sql(
            f"UPDATE cleaned SET {column} = NULL WHERE {column} IN (SELECT {column} FROM raw GROUP BY 1 "
            "HAVING count(DISTINCT c_surname) > 4)"
        )
    sql(
        "CREATE TABLE people AS SELECT id AS unique_id, c_surname AS surname, c_given AS given, "
        "c_given || ' ' || c_surname AS name, "
        "c_birth AS birth, c_phone AS phone, c_doc AS doc, c_email AS email, c_city AS city FROM cleaned"
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.ForenameSurnameComparison("given", "surname", forename_surname_concat_col_name="name"),
            cl.DateOfBirthComparison("birth", input_is_string=True),
            cl.LevenshteinAtThresholds("phone", [1]).configure(term_frequency_adjustments=True),
            cl.LevenshteinAtThresholds("doc", [1]),
            cl.EmailComparison("email"),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("phone"),
            block_on("doc"),
            block_on("email"),
            block_on("surname", "birth"),
            block_on("given", "birth"),
            block_on("surname", "given", "city"),
            block_on("surname", "given", "substr(birth, 1, 4)"),
        ],
        retain_matching_columns=False,
    )
    sure = [
        block_on("doc"),
        block_on("phone", "surname", "given"),
        block_on("email", "surname", "given"),
        block_on("name", "birth"),
    ]
    train = [block_on("name", "birth"), block_on("phone"), block_on("doc"), block_on("email")]
    return settings, sure, 0.7, train


def febrl():
    # The model of Splink's own page about Febrl 3: names, birth date, number, house number, postcode.
    sql(
        "CREATE TABLE people AS SELECT id AS unique_id, given_name, surname, date_of_birth, soc_sec_id, street_number, "
        "postcode FROM raw"
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison(
                "date_of_birth",
                input_is_string=True,
                datetime_format="%Y%m%d",
                invalid_dates_as_null=True,
            ),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [2]).configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("soc_sec_id"),
            block_on("given_name"),
            block_on("surname"),
            block_on("date_of_birth"),
            block_on("postcode"),
        ],
        retain_matching_columns=False,
    )
    sure = [
        block_on("soc_sec_id"),
        block_on("given_name", "surname", "date_of_birth"),
        "l.given_name = r.surname AND l.surname = r.given_name AND l.date_of_birth = r.date_of_birth",
    ]
    return settings, sure, 0.9, [block_on("date_of_birth"), block_on("postcode")]


settings, sure, recall, train = {"guests": guests, "febrl": febrl}[kind]()
api = DuckDBAPI(connection=con)
linker = Linker(api.register("people"), settings, log_level=40)
linker.training.estimate_probability_two_random_records_match(sure, recall=recall)
# As the tutorial wants it of a final run.
linker.training.estimate_u_using_random_sampling(max_pairs=1e8, seed=1)
for rule in train:
    linker.training.estimate_parameters_using_expectation_maximisation(rule)
predictions = linker.inference.predict(threshold_match_weight=-10)
clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, threshold_match_probability=0.95)
sql(f"COPY (SELECT unique_id, cluster_id FROM {clusters.physical_name}) TO '/dev/null' (HEADER)")
wall, cpu = time.time() - began, used() - cpu
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

sql("CREATE TABLE truth AS SELECT id, truth FROM raw")
total = sql("SELECT sum(n * (n - 1) // 2) FROM (SELECT count(*) n FROM truth GROUP BY truth)")[0][0]


def f1(name):
    tp = sql(
        f"SELECT sum(n * (n - 1) // 2) FROM (SELECT count(*) n FROM {name} c JOIN truth t ON c.unique_id = t.id "
        "GROUP BY cluster_id, truth)"
    )[0][0]
    linked = sql(
        f"SELECT sum(n * (n - 1) // 2) FROM (SELECT count(*) n FROM {name} GROUP BY cluster_id)"
    )[0][0]
    return 2 * tp / (linked + total)


scores = {0.95: f1(clusters.physical_name)}
for threshold in [0.01, 0.03, 0.07, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999, 0.9999, 0.99999]:
    other = linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, threshold_match_probability=threshold)
    scores[threshold] = f1(other.physical_name)
recall = sql(
    f"""SELECT max(good) FROM (
        SELECT sum(hit) OVER w AS good, count(*) OVER w AS seen FROM (
            SELECT match_weight, (a.truth = b.truth)::INT AS hit FROM {predictions.physical_name} p
            JOIN truth a ON a.id = p.unique_id_l JOIN truth b ON b.id = p.unique_id_r)
        WINDOW w AS (ORDER BY match_weight DESC ROWS UNBOUNDED PRECEDING))
    WHERE good >= 0.995 * seen"""
)[0][0] or 0
print(json.dumps({
    "wall_s": wall, "cpu_s": cpu, "memory_mib": memory, "recall_at_995": float(recall) / float(total),
    "f1_at_095": float(scores[0.95]), "f1_best": float(max(scores.values())),
    "f1_best_threshold": max(scores, key=scores.get), "true_pairs": int(total),
}))
