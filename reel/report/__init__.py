"""What a generation came to, told to people and programs. Pure: from values to text."""

from reel.report.report import Report, StepsReport, build_report
from reel.report.variants import OutputReport
from reel.report.videos import OutputFile, VideoReport

__all__ = ["OutputFile", "OutputReport", "Report", "StepsReport", "VideoReport", "build_report"]
