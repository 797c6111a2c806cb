// Stores in a cookie that this browser has seen the offer of the first lesson.

const SECONDS = 400 * 86400;

export default function ({ data }) {
  document.cookie = `${data.cookie}=seen; path=/; max-age=${SECONDS}; samesite=lax`;
}
