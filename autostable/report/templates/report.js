const root = document.documentElement;
const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
document.getElementById("theme").addEventListener("click", () => {
  root.dataset.theme = dark() ? "light" : "dark";
});
for (const button of document.querySelectorAll(".copy")) {
  button.addEventListener("click", async () => {
    const lines = button.closest("figure, .command").querySelectorAll(".line code, :scope > code");
    await navigator.clipboard.writeText([...lines].map((line) => line.textContent).join("\n") + "\n");
    button.textContent = "copied";
  });
}
