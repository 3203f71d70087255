package org.neurolite.demo

import android.content.Intent
import android.view.View
import android.view.ViewGroup
import android.widget.ProgressBar
import android.widget.RadioGroup
import android.widget.TextView
import org.neurolite.demo.core.bench.BenchRun
import org.neurolite.demo.core.bench.Summary

/** Measures a model on this phone; what does not count is not shown as a figure. */
internal class BenchmarkScreen(root: View) : Screen(root, R.string.benchmark_title) {
    private val device = Device(root.context)
    private var running: Benchmark? = null
    private val names = mapOf(
        R.id.model_intents to Models.INTENTS,
        R.id.model_dialogues to Models.DIALOGUES,
        R.id.model_english to Models.ENGLISH,
    )

    init {
        view(R.id.run).setOnClickListener { run() }
        demo.measured?.let(::tell)
    }

    override fun open() = Unit

    override fun leave() {
        running?.left = true
    }

    private fun run() {
        val bar = root.findViewById<ProgressBar>(R.id.progress)
        val name = names.getValue(root.findViewById<RadioGroup>(R.id.models).checkedRadioButtonId)
        val version = root.context.packageManager.getPackageInfo(root.context.packageName, 0).versionName.orEmpty()
        val benchmark = Benchmark(demo.models, device, version) { part -> demo.worker.tell { bar.progress = part } }
        running = benchmark
        bar.progress = 0
        busy(true)
        demo.worker.run({ benchmark.run(name) }) { result ->
            running = null
            busy(false)
            result.onSuccess(::tell).onFailure(::failed)
        }
    }

    private fun busy(busy: Boolean) {
        show(R.id.progress, busy)
        view(R.id.run).isEnabled = !busy
        if (busy) listOf(R.id.verdict, R.id.figures, R.id.share_report).forEach { show(it, false) }
    }

    private fun failed(error: Throwable) {
        demo.measured = null
        verdict(string(R.string.benchmark_invalid, reason(error)), R.drawable.notice_bad, R.color.on_bad)
    }

    private fun verdict(words: String, back: Int, color: Int) {
        show(R.id.verdict, true)
        text(R.id.verdict).run {
            text = words
            setBackgroundResource(back)
            setTextColor(context.getColor(color))
        }
    }

    private fun tell(run: BenchRun) {
        demo.measured = run
        val problem = run.whyNot()
        if (problem != null) {
            verdict(string(R.string.benchmark_invalid, problem), R.drawable.notice_warm, R.color.on_warm)
        } else {
            val words = (listOf(string(R.string.benchmark_valid)) + run.warnings).joinToString("\n")
            if (run.warnings.isEmpty()) verdict(words, R.drawable.notice_good, R.color.on_good)
            else verdict(words, R.drawable.notice_warm, R.color.on_warm)
        }
        group(R.id.figures).removeAllViews()
        if (problem == null) {
            BenchRun.WORDS.forEach { speed(it, Summary.of(run.samples.getValue(it))) }
            starts(run)
        }
        memory(run)
        conditions(run)
        show(R.id.figures, true)
        show(R.id.share_report, true)
        view(R.id.share_report).setOnClickListener { share(run) }
    }

    private fun speed(words: Int, summary: Summary) {
        val many = root.resources.getQuantityString(R.plurals.words, words, words)
        val title = string(R.string.benchmark_of_words, many, string(R.string.benchmark_speed))
        card(title, listOf(
            R.string.benchmark_p50 to time(summary.p50),
            R.string.benchmark_p90 to time(summary.p90),
            R.string.benchmark_max to time(summary.max),
        ))
    }

    private fun starts(run: BenchRun) = card(string(R.string.benchmark_start), listOf(
        R.string.benchmark_first_load to time(run.loads.firstLoad),
        R.string.benchmark_later_load to time(run.loads.laterLoad),
        R.string.benchmark_first_answer to time(run.loads.firstAnswer),
    ))

    private fun memory(run: BenchRun) = card(string(R.string.benchmark_memory), listOf(
        R.string.benchmark_before to size(run.memory.before),
        R.string.benchmark_loaded to size(run.memory.loaded),
        R.string.benchmark_after to size(run.memory.after),
    ))

    private fun conditions(run: BenchRun) {
        val (before, after) = listOf(run.conditions.thermalBefore, run.conditions.thermalAfter)
            .map { it ?: string(R.string.unknown) }
        card(string(R.string.benchmark_conditions), listOf(
            R.string.benchmark_thermal to string(R.string.benchmark_thermal_pair, before, after),
            R.string.benchmark_threads to decimal(run.subject.threads.toDouble(), 0),
            R.string.benchmark_runtime to run.subject.runtime,
            R.string.benchmark_sha to run.subject.sha256.chunked(SHA_PART).joinToString(" "),
        ))
    }

    private fun card(title: String, rows: List<Pair<Int, String>>) {
        val figures = group(R.id.figures)
        val card = figures.inflated(R.layout.figures) as ViewGroup
        card.findViewById<TextView>(R.id.name).text = title
        for ((name, value) in rows) {
            val row = card.inflated(R.layout.figure)
            row.findViewById<TextView>(R.id.name).setText(name)
            row.findViewById<TextView>(R.id.share).text = value
            card.addView(row)
        }
        figures.addView(card)
    }

    private fun time(millis: Double?): String =
        millis?.let { root.context.milliseconds(it) } ?: string(R.string.unknown)

    private fun size(bytes: Long?): String =
        bytes?.let { string(R.string.benchmark_megabytes, decimal(it / BYTES_PER_MB, 1)) } ?: string(R.string.unknown)

    private fun share(run: BenchRun) {
        val send = Intent(Intent.ACTION_SEND)
            .setType("application/json")
            .putExtra(Intent.EXTRA_SUBJECT, "${run.subject.name}.json")
            .putExtra(Intent.EXTRA_TEXT, run.toJson())
        root.context.startActivity(Intent.createChooser(send, string(R.string.benchmark_share_title)))
    }

    private companion object {
        const val BYTES_PER_MB = 1e6
        const val SHA_PART = 8
    }
}
