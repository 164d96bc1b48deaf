/** A tenth of the slideshow as Remotion draws it: one picture, with the layers of the bench's slideshow. */

import { Video } from "@remotion/media";
import { AbsoluteFill, Composition, Img, registerRoot, staticFile, useCurrentFrame, useVideoConfig } from "remotion";

const FILL = { width: "100%", height: "100%" };
const WINDOW = { position: "absolute", left: 90, top: 160, width: 900, height: 1600, boxSizing: "border-box" };
const BANNER = {
  position: "absolute",
  left: 90,
  top: 48,
  width: 900,
  font: "bold 60px sans-serif",
  textAlign: "center",
  color: "white",
  // Half of a stroke lies under the letters: 4 px, drawn before them, leave 2 px around them.
  WebkitTextStroke: "4px black",
  paintOrder: "stroke fill",
};

/** The overlay, the picture growing by five per cent, its golden border, the text. */
const Slideshow = ({ overlay, picture, text }) => {
  const scale = 1 + (0.05 * useCurrentFrame()) / useVideoConfig().durationInFrames;
  return (
    <AbsoluteFill style={{ backgroundColor: "#050505" }}>
      <Video muted loop src={staticFile(overlay)} style={{ ...FILL, opacity: 0.7 }} />
      <div style={{ ...WINDOW, overflow: "hidden" }}>
        <Img src={staticFile(picture)} style={{ ...FILL, objectFit: "cover", transform: `scale(${scale})` }} />
      </div>
      <div style={{ ...WINDOW, border: "10px solid #D4AF37" }} />
      <div style={BANNER}>{text}</div>
    </AbsoluteFill>
  );
};

registerRoot(() => (
  <Composition id="slideshow" component={Slideshow} width={1080} height={1920} fps={30} durationInFrames={180} />
));
