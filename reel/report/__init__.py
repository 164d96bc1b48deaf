"""What a generation came to, told to people and programs. Pure: from values to text."""

from reel.report.report import OutputFile, OutputReport, Report, StepsReport, build_report

__all__ = ["OutputFile", "OutputReport", "Report", "StepsReport", "build_report"]
